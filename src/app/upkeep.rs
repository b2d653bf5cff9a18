//! `samokoder backup`, `samokoder restore` and `samokoder adopt`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::service;
use crate::{
    cli::{
        self,
        arguments::{Adopt, Backup, DataOptions, Restore},
        exit,
    },
    config::{self, Service, ServiceOverrides, Storage},
    domain::{id::ProjectId, submission::Owner},
    router::secret::ChainedSecrets,
    upkeep::{self, Host, Source, Target},
};

/// Copies a service.
pub(super) fn backup(command: &Backup) -> Result<u8> {
    with_service(&command.service, async |service| {
        let Some(storage) = in_folders(&service).await? else { return Ok(exit::USAGE) };
        if !service.data.join("records.db").is_file() {
            return Ok(wrong(&format!("{} holds no service: it has no `records.db`", service.data.display())));
        }
        let records = Box::pin(service::records(&service, &open(&service)?)).await?;
        let source = Source { workspaces: service.worker.workspaces.clone(), storage };
        let made = Box::pin(upkeep::back_up(&records, &source, &command.target)).await;
        records.close().await;
        Ok(match made {
            Err(upkeep::Error::Refused(reason)) => wrong(&reason),
            made => {
                let made = made?;
                let target = command.target.display();
                cli::print(&format!("{target}: {} files, {} bytes\n", made.files, made.bytes));
                exit::VERIFIED
            }
        })
    })
}

/// Makes a service from a copy.
pub(super) fn restore(command: &Restore) -> Result<u8> {
    with_service(&command.service, async |service| {
        let Some(storage) = in_folders(&service).await? else { return Ok(exit::USAGE) };
        let target = Target { data: service.data.clone(), storage };
        Ok(match Box::pin(upkeep::restore(&command.backup, &target)).await {
            Err(upkeep::Error::Refused(reason)) => wrong(&reason),
            restored => {
                let restored = restored?;
                let data = service.data.display();
                let (files, queued) = (restored.files, restored.queued);
                cli::print(&format!(
                    "{data}: {files} files; {queued} generations that were at work are queued again\n"
                ));
                exit::VERIFIED
            }
        })
    })
}

/// Takes a workspace over.
pub(super) fn adopt(command: &Adopt) -> Result<u8> {
    let project = match command.project.as_deref().map(str::parse::<ProjectId>) {
        None => None,
        Some(Ok(project)) => Some(project),
        Some(Err(_)) => return Ok(wrong("--project is no identity of a project")),
    };
    let Some((tenant, owner)) =
        command.key_owner.split_once('/').filter(|(one, two)| !one.is_empty() && !two.is_empty())
    else {
        return Ok(wrong("--key-owner is a tenant and an owner, such as default/default"));
    };
    let owner = Owner { tenant: tenant.to_owned(), owner: owner.to_owned() };
    with_service(&command.service, async |service| {
        let secrets = open(&service)?;
        std::fs::create_dir_all(&service.data)
            .with_context(|| format!("could not make the folder {}", service.data.display()))?;
        let storage = match service.worker.keeps_workspaces {
            true => Some(service::storage(&service, &secrets).await?),
            false => None,
        };
        let records = Box::pin(service::records(&service, &secrets)).await?;
        let host = Host { records: records.clone(), workspaces: service.worker.workspaces.clone(), storage };
        let adopted = Box::pin(upkeep::adopt(&host, &owner, &command.workspace, project)).await;
        records.close().await;
        Ok(match adopted {
            Err(upkeep::Error::Refused(reason)) => wrong(&reason),
            adopted => {
                let adopted = adopted?;
                cli::print(&format!("{} {}\n", adopted.generation, adopted.status.name()));
                exit::VERIFIED
            }
        })
    })
}

fn with_service(options: &DataOptions, work: impl AsyncFnOnce(Service) -> Result<u8>) -> Result<u8> {
    let overrides =
        ServiceOverrides { file: options.config.clone(), data: options.data.clone(), ..ServiceOverrides::default() };
    let service = match config::service(&overrides) {
        Ok(service) => service,
        Err(config::Error::Settings(problems)) => return Ok(wrong(cli::problem_list(&problems).trim_end())),
        Err(error) => return Err(error.into()),
    };
    super::runtime()?.block_on(Box::pin(work(service)))
}

fn open(service: &Service) -> Result<ChainedSecrets> {
    Ok(service.secrets.clone().open()?)
}

/// Folder of the storage, where all is kept in folders of this host; else it is said how the rest is copied.
async fn in_folders(service: &Service) -> Result<Option<PathBuf>> {
    let elsewhere = service::secret(&open(service)?, config::DATABASE_URL).await?.is_some();
    if elsewhere || service.database.is_some() {
        wrong(
            "the records are in PostgreSQL: copy them by `pg_dump`, and the bucket or folder of the storage after that",
        );
        return Ok(None);
    }
    match &service.storage {
        Storage::Folder(folder) => Ok(Some(folder.clone())),
        Storage::S3(s3) => {
            wrong(&format!(
                "results are in the bucket {}: switch its versioning on, or copy it by its own means",
                s3.bucket
            ));
            Ok(None)
        }
    }
}

fn wrong(reason: &str) -> u8 {
    cli::complain(&format!("{reason}\n"));
    exit::USAGE
}
