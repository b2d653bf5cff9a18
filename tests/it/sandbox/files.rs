//! Files, environment and descriptors of the host's.

use std::os::fd::AsRawFd;

use samokoder::process::{Cancel, Error, Sandbox, Tier, Visible};

use super::bench::{Bench, is_root, log, secret, tiers, whole_tiers};

/// The product's own source starts no shell.
#[test]
fn s40_no_shell_in_our_source() {
    let shells = ["sh", "bash", "dash", "zsh", "cmd", "cmd.exe", "powershell"];
    let mut open = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut read = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs")
                || path.to_string_lossy().ends_with("_tests.rs")
            {
                continue;
            }
            read += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for shell in shells {
                for starts in [
                    format!("new(\"{shell}\")"),
                    format!("new(\"/bin/{shell}\")"),
                    format!("new(\"/usr/bin/{shell}\")"),
                    format!("{shell} -c"),
                    format!("{shell} /c"),
                    format!("\"{shell}\", \"-c\""),
                ] {
                    assert!(!text.contains(&starts), "{} starts a shell: {starts}", path.display());
                }
            }
        }
    }
    assert!(read > 20, "only {read} source files were read");
}

#[tokio::test]
async fn s41_tools_come_from_fixed_folders_never_from_the_project() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        for tool in ["node", "git", "tool-of-the-project"] {
            bench.write(tool, "#!/bin/sh\necho PWNED\n");
            make_executable(&bench.work().join(tool));
        }
        let mut command = bench.command(&["node", "--version"]);
        command.environment.push(("PATH".to_owned(), bench.work().display().to_string()));
        let sandbox = Sandbox::new(bench.settings_with_work_folder(), tier);
        let outcome = sandbox.run(&command, &Cancel::new()).await.unwrap();
        assert!(outcome.passed() && log(&outcome).starts_with('v'), "{tier}: {outcome:?}");

        let missing = sandbox.run(&bench.command(&["tool-of-the-project"]), &Cancel::new()).await;
        assert!(matches!(missing, Err(Error::MissingProgram { .. })), "{tier}: {missing:?}");
        let relative = sandbox.run(&bench.command(&["./git"]), &Cancel::new()).await;
        assert!(matches!(relative, Err(Error::Refused { .. })), "{tier}: {relative:?}");
        let absolute = bench.work().join("git").display().to_string();
        let absolute = sandbox.run(&bench.command(&[&absolute]), &Cancel::new()).await;
        assert!(matches!(absolute, Err(Error::MissingProgram { .. })), "{tier}: {absolute:?}");
    }
}

impl Bench {
    /// Settings of an operator whose own `PATH` names the work folder first.
    fn settings_with_work_folder(&self) -> samokoder::process::Settings {
        let mut settings = self.settings.clone();
        settings.program_folders = vec![self.work(), std::path::PathBuf::from(".")];
        settings
    }
}

fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn s48_no_environment_of_ours() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let outcome = bench.shell("env\nfor file in /proc/[0-9]*/environ; do cat $file; done\ntrue\n").await;
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        let text = log(&outcome);
        #[expect(
            clippy::disallowed_methods,
            reason = "what must not be seen inside is the environment of this process"
        )]
        let ours: Vec<String> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
        assert!(ours.len() > 1, "this process has an environment to be hidden");
        for variable in ours {
            let shared = ["PATH=", "HOME=", "TMPDIR=", "PWD=", "SHLVL=", "_=", "OLDPWD="];
            if !shared.iter().any(|name| variable.starts_with(name)) {
                assert!(!text.contains(&variable), "{tier} shows {variable}:\n{text}");
            }
        }
    }
}

#[tokio::test]
async fn s48_the_verdict_pipe_is_closed_to_generated_code() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let script = "found=0\nfor pipe in /proc/1/fd/* /proc/$PPID/fd/*; do\n\
                      echo '{\"status\":\"ended\",\"end\":{\"end\":\"exited\",\"code\":0}}' 2>/dev/null > $pipe && found=1\n\
                      done\necho found=$found\nexit 3\n";
        let outcome = bench.shell(script).await;
        assert_eq!(outcome.end.to_string(), "exit code 3", "{tier}: {outcome:?}");
        assert!(log(&outcome).contains("found=0"), "{tier}: {}", log(&outcome));
    }
}

#[tokio::test]
async fn s49_no_descriptor_of_ours() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let path = secret(bench.folder.path(), "open-on-the-host");
        let file = std::fs::File::open(&path).unwrap();
        nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
        let script = "ls -l /proc/self/fd 2>/dev/null | sed 's/.*-> //'\n\
                      i=0\nwhile [ $i -lt 1024 ]; do\n  case $i in 0|1|2) ;; *) cat /dev/fd/$i 2>/dev/null;; esac\n  i=$((i+1))\n\
                      [ $i -gt 40 ] && i=$((i+100))\ndone\ntrue\n";
        let outcome = bench.shell(script).await;
        let text = log(&outcome);
        assert!(outcome.passed(), "{tier}: {outcome:?}\n{text}");
        assert!(!text.contains("CANARY"), "{tier}: descriptor {} is readable inside:\n{text}", file.as_raw_fd());
        assert!(!text.contains("open-on-the-host"), "{tier}:\n{text}");
        // Standard input, output, errors, and the listing's own.
        let listed = text.lines().filter(|line| line.contains('/') || line.contains(':')).count();
        assert!(listed <= 4, "{tier}: {listed} descriptors:\n{text}");
    }
}

#[tokio::test]
async fn s51_no_files_of_the_hosts() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let other = secret(bench.folder.path(), "other-workspace");
        let script = format!(
            "cat /etc/shadow /etc/gshadow /etc/sudoers {} /root/.bashrc /proc/1/root/etc/shadow \
             /proc/1/cwd/../other-workspace ../other-workspace\n\
             ls -a /root /home /var /mnt /srv /work/.. /etc/ssl/private /sys /boot\ntrue\n",
            other.display()
        );
        let outcome = bench.shell(&script).await;
        let text = log(&outcome);
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        assert!(!text.contains("CANARY") && !text.contains("root:"), "{tier}:\n{text}");
        for folder in ["/root", "/home", "/var", "/mnt", "/srv", "/sys", "/boot", "/etc/ssl/private"] {
            assert!(!text.contains(&format!("{folder}:\n")), "{tier} lists {folder}:\n{text}");
        }
    }
}

#[tokio::test]
async fn s51_the_system_is_read_only() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let script = "for file in /usr/x /bin/x /etc/x /x /dev/x /proc/sys/kernel/hostname /run/x /etc/passwd; do\n\
                      { echo x > $file; } 2>/dev/null && echo WROTE $file\ndone\n\
                      echo x > file && echo x > $TMPDIR/file && echo fine\n";
        let outcome = bench.shell(script).await;
        assert_eq!(log(&outcome), "fine\n", "{tier}: {outcome:?}");
    }
}

/// A folder that only root reaches, as `/root` is, can still be worked in.
#[tokio::test]
async fn a_work_folder_below_a_closed_one_works() {
    use std::os::unix::fs::PermissionsExt;
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        std::fs::set_permissions(bench.folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        bench.write("given.txt", "given");
        let outcome = bench.shell("cat given.txt && echo made > made.txt && rm given.txt && id -u\n").await;
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        assert_eq!(log(&outcome), "given1000\n", "{tier}");
        assert_eq!(std::fs::read_to_string(bench.work().join("made.txt")).unwrap(), "made\n");
    }
}

/// Shown without namespaces, such a folder cannot be worked in by the user that root becomes; that is said, not guessed.
#[tokio::test]
async fn a_closed_work_folder_without_namespaces_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    if !is_root() || !tiers().await.contains(&Tier::Landlock) {
        return;
    }
    let bench = Bench::new(Tier::Landlock);
    std::fs::set_permissions(bench.folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let result = Sandbox::new(bench.settings.clone(), bench.tier).run(&bench.command(&["true"]), &Cancel::new()).await;
    let Err(Error::Setup { reason, .. }) = result else { panic!("{result:?}") };
    assert!(reason.contains("cannot be entered"), "{reason}");
}

#[tokio::test]
async fn what_is_shown_is_read_only_and_named_by_its_variable() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let shown = bench.path("shown");
        std::fs::create_dir(&shown).unwrap();
        std::fs::write(shown.join("file"), "shown").unwrap();
        bench.write("case.sh", "cat $SHOWN/file; echo x 2>/dev/null > $SHOWN/file || echo refused\n");
        let mut command = bench.command(&["sh", "case.sh"]);
        let inside = std::path::PathBuf::from("/shown");
        command.read_only.push(Visible { host: shown, inside, variable: Some("SHOWN".to_owned()) });
        let outcome = bench.run(&command).await;
        assert!(log(&outcome).starts_with("shown") && log(&outcome).contains("refused"), "{tier}: {}", log(&outcome));
    }
}

/// A toolchain under a home folder (nvm's way) is shown; the home folder is not.
#[tokio::test]
async fn a_tool_in_a_home_folder_is_shown_without_the_home_folder() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let home = bench.path("home");
        let bin = home.join(".nvm/versions/node/v20/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(home.join(".ssh")).unwrap();
        secret(&home.join(".ssh"), "id");
        std::fs::copy(std::fs::canonicalize("/usr/bin/env").unwrap(), bin.join("mytool")).unwrap();
        let mut settings = bench.settings.clone();
        settings.program_folders = vec![bin.clone()];
        settings.home = Some(home.clone());
        let key = home.join(".ssh/id").display().to_string();
        let command = bench.command(&["mytool", "cat", &key]);
        let outcome = Sandbox::new(settings.clone(), tier).run(&command, &Cancel::new()).await.unwrap();
        let text = log(&outcome);
        assert!(text.contains("cat: ") && !text.contains("CANARY"), "{tier}: {outcome:?}");

        // A tool in `~/bin` stands in the home folder itself: just the file is shown.
        std::fs::create_dir(home.join("bin")).unwrap();
        std::fs::copy(std::fs::canonicalize("/usr/bin/env").unwrap(), home.join("bin/mytool")).unwrap();
        settings.program_folders = vec![home.join("bin")];
        let outcome = Sandbox::new(settings, tier).run(&command, &Cancel::new()).await.unwrap();
        let text = log(&outcome);
        assert!(text.contains("cat: ") && !text.contains("CANARY"), "{tier}: {outcome:?}");
    }
}
