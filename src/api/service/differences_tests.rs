use super::*;

fn difference(path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> Difference {
    let bytes = |content: Option<&[u8]>| content.map(<[u8]>::to_vec);
    Difference { path: path.to_owned(), before: bytes(before), after: bytes(after) }
}

#[test]
fn changed_new_and_deleted_files_are_shown_as_git_shows_them() {
    let text = unified(&[
        difference("a.txt", Some(b"one\ntwo\n"), Some(b"one\nzwei\n")),
        difference("b.bin", Some(b"\0"), Some(b"\0\0")),
        difference("new.txt", None, Some(b"x")),
        difference("old.txt", Some(b"x\n"), None),
    ]);
    insta::assert_snapshot!(text);
}
