//! What a sandbox shows of the host.

use std::path::{Path, PathBuf};

use super::{
    CACHE_INSIDE, Error, Phase, SandboxCommand, Settings, Tier, WORK_INSIDE,
    warden::plan::{INSIDE_ID, Mount},
};

/// The system's folders.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];
/// What programs expect in `/etc`, and what says nothing about this machine's users.
const ETC: [&str; 9] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/etc/ssl/certs",
    "/etc/mime.types",
    "/etc/protocols",
];
/// What reaching package registries takes besides.
const ETC_NETWORK: [&str; 9] = [
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ca-certificates",
    "/etc/pki/tls",
    "/etc/pki/ca-trust",
];
/// What a program without a `/proc` of its own needs of the host's: counts of processors and memory.
const PROC: [&str; 6] =
    ["/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version", "/proc/sys/vm", "/proc/filesystems"];
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// What configures package managers from inside a project: which registry, which shell, which token goes where.
const PROJECTS_OWN: [&str; 5] = [".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "bunfig.toml"];

/// A command's view of files, and the variables that name them.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) mounts: Vec<Mount>,
    pub(super) readable: Vec<PathBuf>,
    pub(super) writable: Vec<PathBuf>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) current_folder: PathBuf,
    own_files: bool,
}

impl Layout {
    /// Lays out a command's view. `programs` are the installations to show, `scratch` a folder for temporary files in
    /// tiers that have no `/tmp` of their own; paths have no links in them.
    pub(super) fn new(
        tier: Tier,
        command: &SandboxCommand,
        settings: &Settings,
        programs: &[PathBuf],
        scratch: Option<&Path>,
    ) -> Result<Self, Error> {
        let mut layout = Self { own_files: tier.has_own_files(), ..Self::default() };
        layout.system(command.phase);
        layout.temporary(command, scratch);
        // After `/tmp`: that may be where a program is.
        for program in programs {
            layout.show(program, program);
        }
        let work = canonical(&command.work)?;
        layout.current_folder = layout.bind(&work, Path::new(WORK_INSIDE), true);
        if let Some(cache) = &command.cache {
            let is_writable = command.phase == Phase::Fetch;
            let at = layout.bind(&canonical(&cache.host)?, Path::new(CACHE_INSIDE), is_writable);
            layout.name(cache.variable.as_deref(), &at);
        }
        for visible in &command.read_only {
            let at = layout.bind(&canonical(&visible.host)?, &visible.inside, false);
            layout.name(visible.variable.as_deref(), &at);
        }
        if command.phase == Phase::Fetch {
            layout.hide_projects_own(&work)?;
            layout.operators_own(settings, scratch)?;
        }
        Ok(layout)
    }

    fn system(&mut self, phase: Phase) {
        for folder in SYSTEM {
            let folder = Path::new(folder);
            match folder.read_link() {
                Ok(to) if self.own_files => self.mounts.push(Mount::Link { to, at: folder.to_owned() }),
                Ok(_) | Err(_) if folder.exists() => self.show(folder, folder),
                Ok(_) | Err(_) => {}
            }
        }
        for path in ETC {
            self.show(Path::new(path), Path::new(path));
        }
        if self.own_files {
            self.accounts(phase);
        } else {
            self.show(Path::new("/etc/passwd"), Path::new("/etc/passwd"));
        }
        if phase == Phase::Fetch {
            for path in ETC_NETWORK {
                self.show(Path::new(path), Path::new(path));
            }
        }
        if self.own_files {
            self.mounts.extend([Mount::Devices, Mount::Processes]);
            self.readable.push(PathBuf::from("/"));
            self.writable.push(PathBuf::from("/dev"));
        } else {
            self.readable.extend(PROC.iter().map(PathBuf::from));
            self.writable.extend(DEVICES.iter().map(PathBuf::from));
        }
    }

    fn accounts(&mut self, phase: Phase) {
        let users = format!(
            "app:x:{INSIDE_ID}:{INSIDE_ID}:app:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        );
        let groups = format!("app:x:{INSIDE_ID}:\nnogroup:x:65534:\n");
        self.text("/etc/passwd", &users);
        self.text("/etc/group", &groups);
        if phase == Phase::Verify {
            self.text("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n127.0.0.1 sandbox\n");
            self.text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
        }
    }

    fn text(&mut self, at: &str, text: &str) {
        self.mounts.push(Mount::Text { text: text.to_owned(), at: PathBuf::from(at) });
    }

    fn temporary(&mut self, command: &SandboxCommand, scratch: Option<&Path>) {
        let place = match scratch {
            Some(scratch) if !self.own_files => {
                self.writable.push(scratch.to_owned());
                scratch.to_owned()
            }
            _ => {
                for at in ["/tmp", "/dev/shm"] {
                    let (bytes, inodes) = (command.limits.temporary_bytes(), command.limits.inodes);
                    let at = PathBuf::from(at);
                    self.writable.push(at.clone());
                    self.mounts.push(Mount::Temporary { at, bytes, inodes });
                }
                PathBuf::from("/tmp")
            }
        };
        for variable in ["HOME", "TMPDIR"] {
            self.name(Some(variable), &place);
        }
    }

    fn hide_projects_own(&mut self, work: &Path) -> Result<(), Error> {
        for name in PROJECTS_OWN {
            let Ok(about) = work.join(name).symlink_metadata() else { continue };
            if self.own_files && about.is_file() {
                self.mounts.push(Mount::Hide { at: Path::new(WORK_INSIDE).join(name) });
            } else {
                let reason = format!("the project's `{name}` would configure the package manager; fetch without it");
                return Err(Error::Refused { reason });
            }
        }
        Ok(())
    }

    fn operators_own(&mut self, settings: &Settings, scratch: Option<&Path>) -> Result<(), Error> {
        if let Some(file) = &settings.certificate_file {
            let at = self.copy(file, "certificates", scratch)?;
            for variable in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"] {
                self.name(Some(variable), &at);
            }
        }
        if let Some((variable, file)) = &settings.registry_settings {
            let at = self.copy(file, "registry-settings", scratch)?;
            self.name(Some(variable), &at);
        }
        self.variables.extend(settings.proxy.iter().cloned());
        Ok(())
    }

    /// Copies a file that perhaps only the operator reads; returns where the command sees the copy.
    fn copy(&mut self, file: &Path, name: &str, scratch: Option<&Path>) -> Result<PathBuf, Error> {
        let failed = |source| Error::File { what: "copy", path: file.to_owned(), source };
        let text = std::fs::read_to_string(file).map_err(failed)?;
        if let Some(scratch) = scratch {
            let at = scratch.join(name);
            std::fs::write(&at, text).map_err(failed)?;
            return Ok(at);
        }
        let at = Path::new("/run/operator").join(name);
        self.mounts.push(Mount::Text { text, at: at.clone() });
        Ok(at)
    }

    /// Shows a path of the host's, if it is there.
    fn show(&mut self, host: &Path, at: &Path) {
        if let Ok(host) = host.canonicalize() {
            self.bind(&host, at, false);
        }
    }

    /// Shows a path and returns where the command sees it.
    fn bind(&mut self, host: &Path, at: &Path, writable: bool) -> PathBuf {
        let seen = if self.own_files { at } else { host };
        if self.own_files {
            self.mounts.push(Mount::Bind { host: host.to_owned(), at: at.to_owned(), writable });
        }
        let list = if writable { &mut self.writable } else { &mut self.readable };
        list.push(seen.to_owned());
        seen.to_owned()
    }

    fn name(&mut self, variable: Option<&str>, at: &Path) {
        if let Some(variable) = variable {
            self.variables.push((variable.to_owned(), at.display().to_string()));
        }
    }
}

/// A path without links, so that it means the same under another root.
pub(super) fn canonical(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|source| Error::File { what: "find", path: path.to_owned(), source })
}
