//! The function `list` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    function_kit::run(&list::FUNCTION).await
}
