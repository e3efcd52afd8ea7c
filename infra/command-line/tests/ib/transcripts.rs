//! What is said where nothing can be sent, word by word. `TRYCMD=overwrite` writes it anew.

#[test]
fn what_is_said_is_what_the_transcripts_have() {
    let home = tempfile::tempdir().unwrap();
    trycmd::TestCases::new()
        .env("IB_API", "http://127.0.0.1:1")
        .env("HOME", home.path().to_str().unwrap())
        .case("tests/transcripts/*.trycmd");
}
