//! Fetching an artifact.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use futures::StreamExt as _;
use reqwest::{Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::{Client, Error};

/// How often a download that broke off is taken up without having got anything.
const FRUITLESS_TRIES: usize = 5;

impl Client {
    /// Fetches the ZIP of a generation into a file, which is whole or not there. What broke off goes on where it was, also in
    /// another call; what the file held before is replaced at the end.
    ///
    /// # Errors
    /// When the server cannot be reached for a while, has no artifact or another than it says, or the disk fails.
    pub async fn download(&self, id: &str, sha256: &str, file: &Path) -> Result<(), Error> {
        let unfinished = unfinished_name(file, sha256);
        let failed = |source| Error::File { path: unfinished.clone(), source };
        let mut fruitless = 0;
        loop {
            let before = size_of(&unfinished);
            match self.fetch_rest(id, sha256, &unfinished).await {
                Ok(()) => break,
                Err(error) if !error.is_worth_another_try() => return Err(error),
                Err(error) => {
                    fruitless = if size_of(&unfinished) > before { 0 } else { fruitless + 1 };
                    if fruitless >= FRUITLESS_TRIES {
                        return Err(error);
                    }
                }
            }
        }
        if digest_of(&unfinished).map_err(failed)? != sha256 {
            fs::remove_file(&unfinished).map_err(failed)?;
            return Err(Error::Damaged);
        }
        fs::rename(&unfinished, file).map_err(|source| Error::File { path: file.to_owned(), source })
    }

    /// Adds to a file what it lacks.
    async fn fetch_rest(&self, id: &str, sha256: &str, unfinished: &Path) -> Result<(), Error> {
        let failed = |source| Error::File { path: unfinished.to_owned(), source };
        let have = size_of(unfinished);
        let request = || {
            let request = self.ask(Method::GET, &["v1", "generations", id, "artifact"]);
            let of_the_same = format!("\"{sha256}\"");
            if have == 0 {
                return request;
            }
            request.header(header::RANGE, format!("bytes={have}-")).header(header::IF_RANGE, of_the_same)
        };
        let answer = match self.send(request).await {
            // All of it is there already.
            Err(Error::Refused { status: StatusCode::RANGE_NOT_SATISFIABLE, .. }) => return Ok(()),
            answer => answer?,
        };
        let goes_on = answer.status() == StatusCode::PARTIAL_CONTENT;
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(goes_on).truncate(!goes_on);
        let mut content = options.open(unfinished).map_err(failed)?;
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| Error::unreachable(&self.server, &error))?;
            content.write_all(&piece).map_err(failed)?;
        }
        content.sync_all().map_err(failed)
    }
}

/// Beside the file, and named by what comes into it, so that a download of something else does not go on with it.
fn unfinished_name(file: &Path, sha256: &str) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let short: String = sha256.chars().take(12).collect();
    file.with_file_name(format!(".{name}.{short}.unfinished"))
}

fn size_of(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

fn digest_of(file: &Path) -> io::Result<String> {
    let (mut content, mut digest, mut piece) = (File::open(file)?, Sha256::new(), vec![0; 64 * 1024]);
    loop {
        let read = content.read(&mut piece)?;
        if read == 0 {
            break;
        }
        digest.update(piece.get(..read).unwrap_or_default());
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
