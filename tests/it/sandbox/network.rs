//! The network.

use std::{net::TcpListener, os::linux::net::SocketAddrExt};

use samokoder::process::{End, Phase};

use super::bench::{Bench, log, tiers, whole_tiers};

/// Takes every connection and counts them.
struct Listener {
    port: u16,
    taken: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl Listener {
    fn new(address: &str) -> Option<Self> {
        let listener = TcpListener::bind(address).ok()?;
        let port = listener.local_addr().unwrap().port();
        let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = taken.clone();
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        });
        Some(Self { port, taken })
    }

    fn taken(&self) -> usize {
        self.taken.load(std::sync::atomic::Ordering::SeqCst)
    }
}

#[tokio::test]
async fn s50_nothing_of_the_hosts_network() {
    let four = Listener::new("127.0.0.1:0").unwrap();
    let six = Listener::new("[::1]:0");
    let abstract_name = format!("samokoder-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&abstract_name);
    let _abstract_listener = std::os::unix::net::UnixListener::bind_addr(&address.unwrap()).unwrap();
    let program = format!(
        "const net = require('net'), dns = require('dns'), dgram = require('dgram');\n\
         const open = (name, target) => new Promise(done => {{ try {{\n\
           const socket = net.connect(target);\n\
           socket.on('connect', () => done(name + ' OPEN')); socket.on('error', e => done(name + ' ' + e.code));\n\
           setTimeout(() => done(name + ' timeout'), 2000);\n\
         }} catch (e) {{ done(name + ' ' + e.code) }} }});\n\
         const ask = new Promise(done => dns.lookup('example.org', e => done('dns ' + (e ? e.code : 'OPEN'))));\n\
         Promise.all([open('metadata', {{ host: '169.254.169.254', port: 80 }}),\n\
           open('four', {{ host: '127.0.0.1', port: {} }}), open('six', {{ host: '::1', port: {} }}),\n\
           open('abstract', {{ path: '\\0{abstract_name}' }}), ask])\n\
         .then(all => {{ console.log(all.join('\\n')); process.exit(0) }});\n",
        four.port,
        six.as_ref().map_or(1, |six| six.port)
    );
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let outcome = bench.node(&program).await;
        let text = log(&outcome);
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        assert_eq!(text.lines().count(), 5, "{tier}:\n{text}");
        assert!(!text.contains("OPEN") && !text.contains("timeout"), "{tier}:\n{text}");
    }
    assert_eq!(four.taken(), 0);
    assert_eq!(six.map_or(0, |six| six.taken()), 0);
}

#[tokio::test]
async fn verified_code_has_a_loopback_of_its_own() {
    let program = "const net = require('net');\n\
                   const server = net.createServer(s => s.end('pong')).listen(0, '127.0.0.1', () => {\n\
                     net.connect(server.address().port, 'localhost').on('data', d => { console.log(String(d)); process.exit(0) });\n\
                   });\n";
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        let outcome = bench.node(program).await;
        assert_eq!(log(&outcome), "pong\n", "{tier}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_needs_loopback_is_not_run_where_there_is_none() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mut command = bench.command(&["touch", "ran"]);
        command.needs_loopback = true;
        let outcome = bench.run(&command).await;
        let not_run = matches!(&outcome.end, End::NotRun { reason } if reason.contains("loopback"));
        assert_eq!(not_run, !tier.has_loopback(), "{tier}: {outcome:?}");
        assert_eq!(bench.work().join("ran").exists(), tier.has_loopback(), "{tier}");
    }
}

#[tokio::test]
async fn a_fetch_reaches_the_network_and_a_resolver() {
    let listener = Listener::new("127.0.0.1:0").unwrap();
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let program = format!(
            "const fs = require('fs');\n\
             require('net').connect({}, 'localhost').on('connect', () => {{\n\
               console.log('connected', fs.existsSync('/etc/resolv.conf'), fs.readdirSync('/etc/ssl/certs').length > 10);\n\
               process.exit(0) }});\n",
            listener.port
        );
        bench.write("case.cjs", &program);
        let mut command = bench.command(&["node", "case.cjs"]);
        command.phase = Phase::Fetch;
        let before = listener.taken();
        let outcome = bench.run(&command).await;
        assert_eq!(log(&outcome), "connected true true\n", "{tier}: {outcome:?}");
        assert!(super::bench::within(std::time::Duration::from_secs(1), || listener.taken() == before + 1), "{tier}");
    }
}

#[tokio::test]
async fn only_a_fetch_sees_the_operators_settings() {
    for tier in tiers().await {
        let mut bench = Bench::new(tier);
        let file = bench.path("operators-npmrc");
        std::fs::write(&file, "//registry.example/:_authToken=CANARY-TOKEN\n").unwrap();
        // As npm leaves it: nobody else may read it.
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let certificates = bench.path("certificates.pem");
        std::fs::write(&certificates, "CANARY-CERTIFICATE\n").unwrap();
        bench.settings.registry_settings = Some(("NPM_CONFIG_USERCONFIG".to_owned(), file));
        bench.settings.certificate_file = Some(certificates);
        bench.settings.proxy = vec![("HTTPS_PROXY".to_owned(), "http://user:CANARY-PROXY@proxy.example".to_owned())];
        bench.write("case.sh", "env\ncat $NPM_CONFIG_USERCONFIG $NODE_EXTRA_CA_CERTS $SSL_CERT_FILE </dev/null\n");
        let mut command = bench.command(&["sh", "case.sh"]);
        let verified = log(&bench.run(&command).await);
        assert!(!verified.contains("CANARY"), "{tier}:\n{verified}");
        command.phase = Phase::Fetch;
        let fetched = log(&bench.run(&command).await);
        for canary in ["CANARY-TOKEN", "CANARY-CERTIFICATE", "CANARY-PROXY"] {
            assert!(fetched.contains(canary), "{tier} lacks {canary}:\n{fetched}");
        }
    }
}
