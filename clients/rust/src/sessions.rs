//! What a producer asks and tells about its session.

use crate::client::{Client, ClientError};
use audit::{Keys, Plan, ProducerReport};
use serde::{Deserialize, Serialize};

/// How events are counted: the windows of event time, and the secrets that the sums of each generation are made with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditPlan {
    /// Which window an instant lies in.
    pub plan: Plan,
    /// The secret of each generation.
    pub keys: Keys,
}

/// A report, and who makes it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    application: &'a str,
    #[serde(flatten)]
    report: &'a ProducerReport,
}

impl Client {
    /// How events are to be counted.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub async fn audit_plan(&self) -> Result<AuditPlan, ClientError> {
        self.get(&["api", "v1", "audit", "plan"]).await
    }

    /// Hands in a session's report. The same report may be handed in again.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub async fn report_session(&self, application: &str, report: &ProducerReport) -> Result<(), ClientError> {
        let session = report.session.to_string();
        self.tell(&["api", "v1", "sessions", &session, "reports"], &Report { application, report }).await
    }
}
