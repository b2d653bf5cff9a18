//! Whose certificates a client believes.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// The machine's certificate authorities, read once for all; empty on a machine that has none. As everywhere on such
/// systems, `SSL_CERT_FILE` and `SSL_CERT_DIR` say where they are if they are not where the distribution puts them.
static MACHINE: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// Who vouches for certificates.
#[derive(Debug, Clone)]
pub struct Authorities(Arc<RootCertStore>);

impl Authorities {
    /// Nobody: for a client that speaks no TLS. The machine's are not read.
    #[must_use]
    pub fn nobody() -> Self {
        Self(Arc::new(RootCertStore::empty()))
    }

    /// The machine's.
    #[must_use]
    pub fn of_machine() -> Self {
        Self(Arc::clone(&MACHINE))
    }

    /// These and those of a PEM file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no certificate that can be used; the sentence names it.
    pub fn and(mut self, file: &Path) -> Result<Self, String> {
        let wrong = |reason: String| format!("{}{reason}", file.display());
        let pem = std::fs::read(file).map_err(|error| wrong(format!(": {error}")))?;
        let found = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(format!(" is no PEM file: {error}")))?;
        if found.is_empty() {
            return Err(wrong(" holds no certificate; PEM is expected, with BEGIN CERTIFICATE".to_owned()));
        }
        let roots = Arc::make_mut(&mut self.0);
        for certificate in found {
            roots.add(certificate).map_err(|error| wrong(format!(": {error}")))?;
        }
        Ok(self)
    }

    /// These and those of PEM files, as programs take bundles that others made: what in them cannot be used is passed over.
    ///
    /// # Errors
    /// When a file cannot be read; the sentence names it.
    pub fn and_bundles(mut self, files: &[PathBuf]) -> Result<Self, String> {
        for file in files {
            let pem = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            let certificates = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
            Arc::make_mut(&mut self.0).add_parsable_certificates(certificates);
        }
        Ok(self)
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_somebody(&self) -> bool {
        !self.0.is_empty()
    }
}

/// TLS for a client that believes these authorities, over HTTP/2 or HTTP/1.1.
///
/// The cryptography is given to this configuration and not installed for the process, so that nothing depends on who was
/// first.
///
/// # Errors
/// When the cryptography lacks what TLS needs.
pub fn tls(authorities: Authorities) -> Result<ClientConfig, String> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(authorities.0)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
