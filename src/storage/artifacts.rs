//! Delivered ZIPs.

use std::{collections::HashMap, ops::Range, path::Path};

use bytes::Bytes;
use futures::{StreamExt as _, stream::BoxStream};
use object_store::{GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, WriteMultipart};
use tokio::io::AsyncReadExt as _;

use super::{Error, Storage};
use crate::domain::{digest::Digest, id::GenerationId, kept::Kept};

/// Bytes that are read of a file, and sent, at once.
const PIECE_BYTES: usize = 5 * 1024 * 1024;

/// Folder of the artifacts.
const ARTIFACTS: &str = "artifacts";

/// The bytes of an artifact, in pieces.
pub type Content = BoxStream<'static, Result<Bytes, Error>>;

impl Storage {
    /// Keeps a delivered ZIP for a claim, with its digest and how many files are in it. It is whole and durable on return, or not there.
    ///
    /// # Errors
    /// When the file cannot be read or the store fails.
    pub async fn keep_artifact(
        &self,
        generation: &GenerationId,
        epoch: i64,
        (file, digest, files): (&Path, &Digest, usize),
    ) -> Result<Kept, Error> {
        let failed = |source| Error::Folder { path: file.to_owned(), source };
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let key = format!("{ARTIFACTS}/{generation}/{epoch}/{name}");
        let mut content = tokio::fs::File::open(file).await.map_err(failed)?;
        let mut upload = WriteMultipart::new(self.store.put_multipart(&self.key(&key)).await?);
        let mut bytes: u64 = 0;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = content.read(&mut piece).await.map_err(failed)?;
            if read == 0 {
                break;
            }
            upload.write(piece.get(..read).unwrap_or_default());
            upload.wait_for_capacity(1).await?;
            bytes += read as u64;
        }
        upload.finish().await?;
        Ok(Kept { key, name, digest: digest.clone(), bytes, files })
    }

    /// The bytes of an artifact, or of a part of it.
    ///
    /// # Errors
    /// When it is not there, or the store fails; a failure on the way ends the content with an error.
    pub async fn artifact(&self, kept: &Kept, range: Option<Range<u64>>) -> Result<Content, Error> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&self.key(&kept.key), options).await?;
        Ok(found.into_stream().map(|piece| piece.map_err(Error::from)).boxed())
    }

    /// Removes all that is kept of a generation; what is not there needs no removing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget(&self, generation: &GenerationId) -> Result<(), Error> {
        self.forget_artifacts(generation).await?;
        self.forget_workspaces(generation).await
    }

    /// Removes what a generation delivered. Whoever reads it from a folder reads to its end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_artifacts(&self, generation: &GenerationId) -> Result<(), Error> {
        self.remove(&format!("{ARTIFACTS}/{generation}")).await
    }

    /// Removes what is kept of a generation's workspaces.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_workspaces(&self, generation: &GenerationId) -> Result<(), Error> {
        self.remove(&format!("workspaces/{generation}")).await
    }

    /// How many bytes the artifacts of each generation take.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn artifact_bytes(&self) -> Result<HashMap<GenerationId, u64>, Error> {
        let prefix = self.key(ARTIFACTS);
        let place = prefix.parts().count();
        let mut found = self.store.list(Some(&prefix));
        let mut bytes = HashMap::new();
        while let Some(one) = found.next().await {
            let one = one?;
            let name = one.location.parts().nth(place).map(|part| part.as_ref().to_owned());
            if let Some(generation) = name.and_then(|name| name.parse::<GenerationId>().ok()) {
                *bytes.entry(generation).or_default() += one.size;
            }
        }
        Ok(bytes)
    }

    async fn remove(&self, prefix: &str) -> Result<(), Error> {
        let prefix = self.key(prefix);
        let found = self.store.list(Some(&prefix)).map(|found| found.map(|found| found.location)).boxed();
        let mut removed = self.store.delete_stream(found);
        while let Some(one) = removed.next().await {
            match one {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
