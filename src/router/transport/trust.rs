//! Whose certificates a provider's client believes.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::router::provider::Provider;

/// The machine's certificate authorities, read once for all providers; empty on a machine that has none. As everywhere
/// on such systems, `SSL_CERT_FILE` and `SSL_CERT_DIR` say where they are if they are not where the distribution puts them.
static MACHINE: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// TLS for one provider's client.
pub(super) struct Trust {
    pub(super) config: ClientConfig,
    /// Whether there is any authority at all, where one is needed.
    pub(super) trusts_somebody: bool,
}

impl Trust {
    /// The machine's authorities, and the provider's own for it alone. A provider without TLS needs neither: the
    /// machine's are not read.
    ///
    /// The cryptography is given to this configuration and not installed for the process, so that nothing depends on
    /// who was first.
    pub(super) fn of(provider: &Provider) -> Result<Self, String> {
        let speaks_tls = std::iter::once(&provider.base_url)
            .chain(&provider.token_url)
            .chain(&provider.proxy)
            .any(|url| url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")));
        let mut roots = if speaks_tls { Arc::clone(&MACHINE) } else { Arc::new(RootCertStore::empty()) };
        if let Some(path) = &provider.ca_file {
            let own = Arc::make_mut(&mut roots);
            for certificate in certificates(path)? {
                own.add(certificate).map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        let trusts_somebody = !roots.is_empty();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config, trusts_somebody })
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let found = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{} is no PEM file: {error}", path.display()))?;
    if found.is_empty() {
        return Err(format!("{} holds no certificate; PEM is expected, with BEGIN CERTIFICATE", path.display()));
    }
    Ok(found)
}
