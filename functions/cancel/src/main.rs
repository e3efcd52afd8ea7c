//! The function `cancel` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    cancel::FUNCTION.run().await
}
