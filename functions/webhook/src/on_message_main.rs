//! The function `webhook-on-message` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    webhook::on_message::run().await
}
