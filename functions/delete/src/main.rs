//! The function `delete` on Lambda.

#[global_allocator]
static ALLOCATOR: function_kit::Allocator = function_kit::Allocator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    function_kit::run(&delete::FUNCTION).await
}
