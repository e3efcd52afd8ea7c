//! The certificate of the stand-ins for AWS: made for the run, and trusted by
//! way of `AWS_CA_BUNDLE`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the stand-ins show, and the file of what trusts it.
pub struct Certificate {
    /// For the servers.
    pub server: Arc<ServerConfig>,
    /// For the functions.
    pub bundle: PathBuf,
}

impl Certificate {
    /// A root and a server's certificate by it, as a real server has; the root
    /// is written to `folder`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let (root_key, key) = (KeyPair::generate()?, KeyPair::generate()?);
        let mut root = CertificateParams::new(Vec::new())?;
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_certificate = root.self_signed(&root_key)?;
        let server = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
        let server = server.signed_by(&key, &Issuer::new(root, root_key))?;
        let bundle = folder.join("root.pem");
        std::fs::write(&bundle, root_certificate.pem())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![server.der().clone()], key)?;
        Ok(Self { server: Arc::new(config), bundle })
    }
}
