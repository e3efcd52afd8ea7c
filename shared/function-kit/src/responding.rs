//! How a request is answered, whatever becomes of its handler.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use invoice::{Code, Problem};
use lambda_http::{Body, Response};
use tracing::error;

use crate::answer::Answer;
use crate::call::Call;
use crate::reply::{Afterwards, Reply};
use crate::telemetry;

/// How long past the deadline work that keeps to it may take to end.
const GRACE: Duration = Duration::from_millis(150);

impl Call {
    /// Answers with what `work` comes to: its answer, or its problem. What panics is answered
    /// `internal`, and what does not keep to the deadline `unavailable`: something it waited for
    /// does not answer, and a write under a key is gone on from. Writes the request's one line
    /// to the log. The rest is to be done once the response is given.
    pub async fn answer(&self, work: impl Future<Output = Reply>) -> (Response<Body>, Afterwards) {
        let work = AssertUnwindSafe(self.provider_calls.clone().scope(work)).catch_unwind();
        let internal = |detail: &str| Reply::from(Problem::new(Code::Internal, detail));
        let reply = match tokio::time::timeout(self.deadline.left() + GRACE, work).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => internal("the handler panicked"),
            Err(_) => {
                error!(requestId = %self.request_id, "the handler did not end in time");
                Reply::from(Problem::unavailable("not all that it takes answered in time"))
            }
        };
        let Reply { response, log, afterwards } = reply;
        let answer = response.unwrap_or_else(|problem| Answer::problem(&self.told(problem), self));
        telemetry::request(self, &log, answer.status(), answer.code());
        (answer.into_response(self), afterwards)
    }

    /// A fault of ours is for the log; its caller is told whom to name.
    fn told(&self, problem: Problem) -> Problem {
        if problem.code != Code::Internal {
            return problem;
        }
        error!(requestId = %self.request_id, detail = %problem.detail, "internal fault");
        Problem::new(Code::Internal, format!("request {}", self.request_id))
    }
}
