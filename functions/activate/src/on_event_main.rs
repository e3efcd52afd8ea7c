//! The function `activate-on-event` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    activate::on_event::run().await
}
