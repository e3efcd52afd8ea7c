//! How a command ends: its exit code, and what a failure says.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use crate::answers::Problem;
use crate::output::{Format, Terminal};

/// How a command ended, as its exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All is as asked.
    Done,
    /// The command line, or what it asks for, makes no sense; nothing was sent.
    Usage,
    /// Some invoices were rejected.
    SomeRejected,
    /// What became of some invoices is not known.
    SomeUnknown,
    /// The caller is not signed in, or is not allowed to do this.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// A provider or the API failed.
    Failed,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::SomeRejected => 3,
            Self::SomeUnknown => 4,
            Self::NotAllowed => 5,
            Self::NotFound => 6,
            Self::Failed => 7,
            Self::Interrupted => 130,
        }
    }

    /// What an answer with this status and code comes to.
    fn of(status: u16, code: &str) -> Self {
        match (status, code) {
            (401 | 403, _) => Self::NotAllowed,
            (404, _) => Self::NotFound,
            (409 | 412, _)
            | (422, "not_enabled" | "unsupported_operation" | "unsupported_field") => {
                Self::SomeRejected
            }
            (429, _) => Self::Failed,
            (400..=499, _) => Self::Usage,
            _ => Self::Failed,
        }
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// How the command ends.
    pub(crate) exit: Exit,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it, a line each.
    pub(crate) advice: Vec<String>,
    /// The API's own problem, where there is one.
    pub(crate) problem: Option<Box<Value>>,
}

impl Failure {
    /// A command line that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), advice: Vec::new(), problem: None }
    }

    /// Something on this machine, or the API, that does not work.
    pub(crate) fn here(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, ..Self::usage(message) }
    }

    /// With another exit.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// With a line that says what to do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// What the API's problem comes to. `body` is the problem as it came.
    pub(crate) fn of_problem(problem: &Problem, body: Value) -> Self {
        let mut failure = Self {
            exit: Exit::of(problem.status, &problem.code),
            message: problem.detail.clone(),
            advice: Vec::new(),
            problem: Some(Box::new(body)),
        };
        if problem.errors.len() > 1 {
            failure.message = problem.title.clone();
            failure.advice.extend(problem.errors.iter().map(|fault| fault.detail.clone()));
        }
        failure.advice.extend(advice(problem));
        if let Some(request) = &problem.request_id {
            failure.advice.push(format!("request {request}"));
        }
        failure
    }

    /// Says it on standard error: for people, or as one JSON object where JSON is asked for.
    pub(crate) fn tell(&self, terminal: &Terminal) {
        let mut out = terminal.errors();
        // Without a standard error there is nobody to tell.
        let _ = if matches!(terminal.asked, Some(Format::Json | Format::Ndjson)) {
            writeln!(out, "{}", self.json())
        } else {
            self.write(&mut out, terminal)
        };
    }

    fn write(&self, out: &mut impl Write, terminal: &Terminal) -> std::io::Result<()> {
        let (bad, faint) = (terminal.bad(), terminal.faint());
        writeln!(out, "{bad}ib:{bad:#} {}", self.message)?;
        self.advice.iter().try_for_each(|line| writeln!(out, "    {faint}{line}{faint:#}"))
    }

    fn json(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Told<'a> {
            detail: &'a str,
            advice: &'a [String],
            exit: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            problem: Option<&'a Value>,
        }
        let told = Told {
            detail: &self.message,
            advice: &self.advice,
            exit: self.exit.code(),
            problem: self.problem.as_deref(),
        };
        serde_json::to_string(&told).unwrap_or_else(|_| self.message.clone())
    }
}

/// What to do about a problem, by its code.
fn advice(problem: &Problem) -> Option<String> {
    let advice = match problem.code.as_str() {
        "unauthenticated" => {
            "`ib login` signs in; or set IB_TOKEN to a token of the stack's issuer"
        }
        "forbidden" => {
            "a token has to have the scope that the route needs: ask whoever gives out tokens; \
             where the stack takes AWS signatures, set auth = \"iam\" in the profile"
        }
        "connection_not_found" => "`ib connections` lists the connections",
        "invoice_not_found" => "`ib ls --search WORD` finds invoices; a reference is CONNECTION:ID",
        "customer_required" => "name customers with --customer, or in the connection's secret",
        "unsupported_sort" => "narrow the question, or leave the order out",
        "precondition_failed" => "read it again with `ib get`, and decide anew",
        "provider_credentials" | "connection_closed" => {
            "the owner of the stack has to put the connection's secret right"
        }
        _ => return problem.wait().filter(|_| problem.retryable),
    };
    Some(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_exit() {
        for (status, code, exit) in [
            (400, "invalid_parameter", Exit::Usage),
            (401, "unauthenticated", Exit::NotAllowed),
            (403, "forbidden", Exit::NotAllowed),
            (404, "invoice_not_found", Exit::NotFound),
            (409, "state_conflict", Exit::SomeRejected),
            (412, "precondition_failed", Exit::SomeRejected),
            (422, "unsupported_operation", Exit::SomeRejected),
            (422, "unsupported_sort", Exit::Usage),
            (429, "rate_limited", Exit::Failed),
            (502, "provider_error", Exit::Failed),
            (504, "not_cached", Exit::Failed),
        ] {
            assert_eq!(Exit::of(status, code), exit, "{status} {code}");
        }
    }

    #[test]
    fn an_unknown_outcome_wins_over_a_rejected_one() {
        assert!(Exit::SomeUnknown > Exit::SomeRejected && Exit::SomeRejected > Exit::Done);
    }
}
