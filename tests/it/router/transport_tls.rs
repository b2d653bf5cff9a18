//! Whose certificates a transport believes: the machine's authorities, and a provider's own for that provider alone.

use std::{path::PathBuf, sync::Arc, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use samokoder::router::transport::{Timeouts, Transport};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::transport::{provider, question};

const TIMEOUTS: Timeouts =
    Timeouts { first_byte: Duration::from_secs(30), idle: Duration::from_secs(30), total: Duration::from_secs(60) };

/// An HTTPS server whose certificate for 127.0.0.1 comes from an authority that was made for it.
struct TlsServer {
    url: String,
    ca_pem: String,
    _serving: JoinSet<()>,
}

impl TlsServer {
    async fn start() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/v1", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust it goes away in the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = Vec::new();
                while !request.ends_with(br#"{"model":"m"}"#) {
                    stream.read_buf(&mut request).await.unwrap();
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ntrusted").await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        Self { url, ca_pem: pem(authority.der()), _serving: serving }
    }
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

async fn ask(url: &str, ca_file: Option<&PathBuf>) -> Result<String, String> {
    let more = ca_file.map_or_else(String::new, |path| format!("ca_file = '{}'", path.display()));
    let transport = Transport::new(&provider(url, &more)).unwrap();
    match transport.send(question(TIMEOUTS)).await {
        Ok(incoming) => Ok(String::from_utf8(incoming.whole(100).await.unwrap().to_vec()).unwrap()),
        Err(failure) => Err(failure.code.unwrap()),
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_for_one_provider() {
    let folder = tempfile::tempdir().unwrap();
    let (server, other) = (TlsServer::start().await, TlsServer::start().await);
    let ca_file = folder.path().join("own.pem");
    std::fs::write(&ca_file, &server.ca_pem).unwrap();
    let both = folder.path().join("both.pem");
    std::fs::write(&both, format!("# two authorities\n{}{}", other.ca_pem, server.ca_pem)).unwrap();

    assert_eq!(ask(&server.url, Some(&ca_file)).await.as_deref(), Ok("trusted"));
    // After a client that trusts it there is still no other that does.
    assert_eq!(ask(&server.url, None).await, Err("tls_untrusted".to_owned()));
    assert_eq!(ask(&other.url, Some(&ca_file)).await, Err("tls_untrusted".to_owned()));
    assert_eq!(ask(&other.url, Some(&both)).await.as_deref(), Ok("trusted"));
    assert_eq!(ask(&server.url, Some(&both)).await.as_deref(), Ok("trusted"));
}

/// The name in the certificate counts, whoever signed it.
#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let server = TlsServer::start().await;
    let ca_file = folder.path().join("own.pem");
    std::fs::write(&ca_file, &server.ca_pem).unwrap();
    let by_name = server.url.replace("127.0.0.1", "localhost");
    assert_eq!(ask(&by_name, Some(&ca_file)).await, Err("tls_untrusted".to_owned()));
}
