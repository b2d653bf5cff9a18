use crate::workspace::Workspace;

use super::*;

fn place(folder: &Path) -> Place {
    Place { workspaces: folder.to_owned(), generation: GenerationId::mint(), epoch: 2 }
}

#[test]
fn a_copy_of_a_workspace_that_is_being_made_is_a_folder_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    let from = place.folder(&place.first());
    // What stands there before the last thing that making one does.
    for name in ["git", "journal", "logs", "tree"] {
        fs::create_dir_all(from.join(name)).unwrap();
    }
    fs::write(from.join("lock"), "").unwrap();
    let copied = place.folder(&place.copy(&from).unwrap());
    assert_eq!(fs::read_dir(&copied).unwrap().count(), 0);
    Workspace::create(&copied).unwrap();
}

#[test]
fn a_copy_of_a_workspace_has_all_but_what_its_process_alone_needs() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    let from = place.folder(&place.first());
    let _held = Workspace::create(&from).unwrap();
    fs::write(from.join("staging/half"), "").unwrap();
    let copied = place.folder(&place.copy(&from).unwrap());
    assert!(!copied.join("staging/half").exists());
    Workspace::open(&copied).unwrap();
}
