//! Which host it is, among those that share records: it has what no other has, a folder of workspaces.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use crate::domain::id::{HolderId, HostId};

/// In the folder of workspaces, so that whoever carries that to another machine carries its name along.
const NAME: &str = "host";

/// The identity of a folder of workspaces, which is given one when it has none; durable on return.
///
/// # Errors
/// When the folder cannot be used.
pub fn host(workspaces: &Path) -> io::Result<HostId> {
    fs::create_dir_all(workspaces)?;
    let path = workspaces.join(NAME);
    loop {
        match fs::read_to_string(&path) {
            Ok(text) => return text.trim().parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        // Of several processes that start at once one names it: a link is not made over another's.
        let own = workspaces.join(format!("{NAME}-{}", HolderId::mint()));
        let mut file = File::create_new(&own)?;
        writeln!(file, "{}", HostId::mint())?;
        file.sync_all()?;
        let linked = fs::hard_link(&own, &path);
        fs::remove_file(&own)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => File::open(workspaces)?.sync_all()?,
        }
    }
}
