//! The function `delete` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    delete::FUNCTION.run().await
}
