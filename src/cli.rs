//! The command line. Flags of settings are made from their declarations; a command here is a name and a call.

mod addresses;
mod dataplane;
mod dev;
mod governance;
mod serve;
mod token;

use crate::config::{self, Layers, Role};
use clap::{Arg, ArgMatches, Command};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// The whole command line.
pub(crate) fn command() -> Command {
    let name = || Arg::new("name").long("name").value_name("NAME").required(true).help("Whose token it is");
    let token = |command: Command| with_settings(command, Role::Token);
    Command::new("waybill")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Governs event streams: what is in them, where they go, whether all of it arrived")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .global(true)
                .help("The configuration file [default: the nearest waybill.toml from here upwards]"),
        )
        .subcommand(with_settings(
            Command::new("dev")
                .about("Runs everything in one process with a private Postgres; there is nothing to configure")
                .after_help("Example: waybill dev --data ./here"),
            Role::Dev,
        ))
        .subcommand(with_settings(
            Command::new("serve")
                .about("Serves the registry and the API on a database; any number of replicas may share one")
                .after_help("Example: DATABASE_URL=postgres://waybill@db/waybill waybill serve --http-listen 0.0.0.0:8081"),
            Role::Serve,
        ))
        .subcommand(with_settings(
            Command::new("dataplane").about("Serves the clusters of one data folder to Kafka clients"),
            Role::Dataplane,
        ))
        .subcommand(
            Command::new("token")
                .about("Bearer tokens, which every write needs")
                .subcommand_required(true)
                .subcommand(token(Command::new("create").about("Makes a token and prints it, this once").arg(name())))
                .subcommand(token(Command::new("list").about("Lists tokens, without their secrets")))
                .subcommand(token(Command::new("revoke").about("Ends a token").arg(name()))),
        )
        .subcommand(Command::new("openapi").about("Prints the description of the HTTP API (OpenAPI, YAML)"))
        .subcommand(
            Command::new("config")
                .about("The configuration")
                .subcommand_required(true)
                .subcommand(Command::new("explain").about("Shows each setting, its value and where that came from"))
                .subcommand(Command::new("manual").about("Prints every setting as a Markdown table")),
        )
}

/// Carries out a command.
pub(crate) fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match matches.subcommand() {
        Some(("dev", matches)) => dev::run(&config::dev(&layers(matches, Role::Dev)?)?),
        Some(("serve", matches)) => serve::run(&config::serve(&layers(matches, Role::Serve)?)?),
        Some(("dataplane", matches)) => dataplane::run(&config::dataplane(&layers(matches, Role::Dataplane)?)?),
        Some(("token", matches)) => match matches.subcommand() {
            Some((action, matches)) => {
                let database = config::token(&layers(matches, Role::Token)?)?;
                let name = matches.try_get_one::<String>("name").ok().flatten();
                token::run(action, name.map(String::as_str), &database)
            }
            None => Ok(()),
        },
        Some(("openapi", _)) => print(&api::openapi()),
        Some(("config", matches)) => match matches.subcommand() {
            Some(("manual", _)) => print(&config::explain::manual()),
            Some((_, matches)) => {
                let file = matches.get_one::<String>("config").map(PathBuf::from);
                print(&config::explain::explain(&Layers::gather(BTreeMap::new(), file.as_deref())?))
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn with_settings(command: Command, role: Role) -> Command {
    role.settings().into_iter().fold(command, |command, setting| {
        let default = setting.default.map(|text| format!(" [default: {text}]")).unwrap_or_default();
        let help = format!("{}{default} [env: {}]", setting.help, setting.env());
        command.arg(Arg::new(setting.key).long(setting.flag()).value_name(setting.value).help(help))
    })
}

fn layers(matches: &ArgMatches, role: Role) -> Result<Layers, config::Invalid> {
    let flags = role
        .settings()
        .into_iter()
        .filter_map(|setting| Some((setting.key.to_owned(), matches.get_one::<String>(setting.key)?.clone())))
        .collect();
    let file = matches.get_one::<String>("config").map(PathBuf::from);
    Layers::gather(flags, file.as_deref())
}

/// Writes to stdout. A reader that has gone away is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
