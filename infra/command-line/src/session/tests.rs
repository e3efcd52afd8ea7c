//! Where tokens are kept, with a keyring in memory.

use super::*;

fn session() -> Session {
    let tokens =
        Tokens { access_token: "s3cr3t-a".to_owned(), refresh_token: Some("s3cr3t-r".to_owned()) };
    Session {
        api: "https://api.example/".to_owned(),
        issuer: "https://issuer.example".to_owned(),
        tokens,
        expires_at: None,
    }
}

fn away() -> Result<Keyring, String> {
    Err("nobody answers".to_owned())
}

fn no_keyring() -> Result<Keyring, String> {
    panic!("the keyring is asked for, and nothing is in it")
}

#[test]
fn tokens_in_the_keyring_are_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, keyring) = (folder.path().join("s/prod.json"), Keyring::mock());
    session().keep_at(&path, "prod", &Place::Keyring(keyring.clone())).unwrap();
    assert!(!std::fs::read_to_string(&path).unwrap().contains("s3cr3t"));
    let found = Session::read_at(&path, "prod", || Ok(keyring.clone())).unwrap().unwrap();
    assert_eq!(found.session.tokens.access_token, "s3cr3t-a");
    assert_eq!(found.session.tokens.refresh_token.as_deref(), Some("s3cr3t-r"));
    assert!(matches!(found.place, Place::Keyring(_)));
    assert!(Session::forget_at(&path, "prod", || Ok(keyring.clone())).unwrap());
    assert_eq!((keyring.get("prod"), path.exists()), (Ok(None), false));
}

#[test]
fn without_tokens_in_the_keyring_it_is_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prod.json");
    assert!(Session::read_at(&path, "prod", no_keyring).unwrap().is_none());
    session().keep_at(&path, "prod", &Place::File).unwrap();
    let found = Session::read_at(&path, "prod", no_keyring).unwrap().unwrap();
    assert!(matches!(found.place, Place::File) && !found.was_open);
    assert!(Session::forget_at(&path, "prod", no_keyring).unwrap());
    assert!(!Session::forget_at(&path, "prod", no_keyring).unwrap());
}

#[test]
fn a_keyring_that_cannot_be_reached_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (path, keyring) = (folder.path().join("prod.json"), Keyring::mock());
    session().keep_at(&path, "prod", &Place::Keyring(keyring.clone())).unwrap();
    let failure = Session::read_at(&path, "prod", away).err().unwrap();
    assert_eq!(failure.exit, Exit::NotAllowed);
    assert!(failure.message.contains("nobody answers"), "{failure:?}");
    assert!(failure.advice.join(" ").contains("IB_TOKEN"), "{failure:?}");
    // What is in the keyring is not forgotten of by a file that is gone.
    assert!(Session::forget_at(&path, "prod", away).is_err() && path.exists());
    keyring.fail_next("prod");
    assert!(Session::read_at(&path, "prod", || Ok(keyring.clone())).is_err());
    keyring.fail_next("prod");
    assert!(session().keep_at(&path, "prod", &Place::Keyring(keyring.clone())).is_err());
    // Who takes it out with the system's own program has signed out.
    keyring.remove("prod").unwrap();
    assert!(Session::read_at(&path, "prod", || Ok(keyring)).unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn a_session_that_others_can_read_is_mended_and_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s/prod.json");
    session().keep_at(&path, "prod", &Place::File).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Session::read_at(&path, "prod", no_keyring).unwrap().unwrap().was_open);
    assert_eq!(mode(&path), 0o600);
}
