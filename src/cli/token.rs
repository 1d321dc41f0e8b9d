//! `waybill token`: made and ended by whoever can reach the database.

use super::{governance, print, runtime};
use crate::config::database::Database;
use anyhow::{Context, bail};
use model::Tenant;
use std::fmt::Write;

/// Who is noted as the maker of a token that this command makes.
const CREATED_BY: &str = "command line";

/// Creates, lists or revokes.
pub(super) fn run(action: &str, name: Option<&str>, database: &Database) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let store = governance::store(&database.url, database.connections_max)?;
        store.migrate().await.context("cannot prepare the database")?;
        let tenant = Tenant::default();
        match (action, name) {
            ("create", Some(name)) => {
                let created = store
                    .tx("create token", async |c| store::tokens::create(c, &tenant, name, CREATED_BY).await)
                    .await
                    .context("cannot make the token")?;
                print(&format!("{}\n", created.secret.reveal()))
            }
            ("revoke", Some(name)) => {
                let revoked = store
                    .tx("revoke token", async |c| store::tokens::revoke(c, &tenant, name).await)
                    .await
                    .context("cannot revoke the token")?;
                if !revoked {
                    bail!("there is no valid token named {name}; `waybill token list` shows them");
                }
                print(&format!("revoked {name}\n"))
            }
            _ => {
                let mut connection = store.read().await?;
                let tokens = store::tokens::list(&mut connection, &tenant).await.context("cannot list the tokens")?;
                let mut text = String::new();
                for token in tokens {
                    let state = if token.revoked { "revoked" } else { "valid" };
                    let _ = writeln!(text, "{}\t{state}\t{}\t{}", token.name, token.created_by, token.id);
                }
                print(&text)
            }
        }
    })
}
