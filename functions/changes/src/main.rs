//! The function `changes` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    function_kit::run(&changes::FUNCTION).await
}
