//! The function `activate` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    activate::FUNCTION.run().await
}
