//! Where artifacts and workspaces are kept: a folder, or an S3-compatible store that many hosts share.
//!
//! | key | holds |
//! |---|---|
//! | `artifacts/<generation>/<epoch>/<name>` | a delivered ZIP; written by one claim, never changed |
//! | `workspaces/<generation>/blobs/<sha256>` | a part of a file of a workspace |
//! | `workspaces/<generation>/<epoch>/<number>.json` | a checkpoint: the files of a workspace, as parts |
//!
//! What a claim writes has a key of its own, so that one that was lost overwrites nothing. What was put is durable when a
//! method returns. The vendor's client retries what may be retried, within its own limits; nobody else does.

mod artifacts;
mod checkpoint;
mod error;
mod unfinished;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use object_store::{
    ClientOptions, ObjectStore,
    aws::{AmazonS3Builder, S3ConditionalPut},
    local::LocalFileSystem,
};

pub use self::{
    artifacts::Content,
    checkpoint::{Checkpoint, Keeping, epoch_of_checkpoint, is_checkpoint},
    error::Error,
};

/// An S3-compatible store.
#[derive(Clone)]
pub struct S3Settings {
    /// Bucket; it has to be there.
    pub bucket: String,
    /// Folder in the bucket that everything is put in; empty for none.
    pub prefix: String,
    /// Address, where it is not Amazon's own.
    pub endpoint: Option<String>,
    /// Region; `us-east-1` where the vendor has none.
    pub region: String,
    /// Access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Whether the address may be plain HTTP, which only a network of one's own allows.
    pub allow_http: bool,
}

impl std::fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Where artifacts and workspaces are kept. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// Where everything is, in a folder.
    folder: Option<PathBuf>,
    prefix: object_store::path::Path,
}

impl Storage {
    /// Keeps everything in a folder, which is made when absent.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            folder: Some(folder.to_owned()),
            prefix: object_store::path::Path::default(),
        })
    }

    /// Keeps everything in an S3-compatible store.
    ///
    /// # Errors
    /// When the settings do not fit together. Whether the bucket is there is found out by the first request.
    pub fn in_s3(settings: &S3Settings) -> Result<Self, Error> {
        // The client takes the process's provider of cryptography; where one is installed already, it stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = ClientOptions::new().with_allow_http(settings.allow_http);
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_client_options(client);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(false);
        }
        let prefix = object_store::path::Path::from(settings.prefix.as_str());
        Ok(Self { store: Arc::new(builder.build()?), folder: None, prefix })
    }

    fn key(&self, key: &str) -> object_store::path::Path {
        let parts = self.prefix.parts().map(|part| part.as_ref().to_owned());
        object_store::path::Path::from_iter(parts.chain(key.split('/').map(str::to_owned)))
    }
}
