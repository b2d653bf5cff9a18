use super::*;

fn tag(line: &str) -> (TagName, &str, &str, bool, &str) {
    let tag = opening(line).unwrap_or_else(|| panic!("{line} is no tag"));
    (tag.name, tag.key, tag.reason, tag.is_closed, tag.rest)
}

#[test]
fn tags_are_read_with_either_quote_and_any_spaces() {
    for line in ["<file path=\"a b.ts\">", "<file  path = 'a b.ts' >", "<file lang=\"ts\" path=\"a b.ts\">"] {
        assert_eq!(tag(line), (TagName::File, "a b.ts", "", false, ""), "{line}");
    }
    assert_eq!(tag("<delete path='x'/> gone"), (TagName::Delete, "x", "", true, " gone"));
    assert_eq!(tag("<delete path='x'></delete>"), (TagName::Delete, "x", "", false, "</delete>"));
    assert_eq!(
        tag("<package reason=\"it's > needed\" name=\"date-fns\" />"),
        (TagName::Package, "date-fns", "it's > needed", true, "")
    );
    assert_eq!(tag("<dispute path=\"t\">why</dispute>"), (TagName::Dispute, "t", "", false, "why</dispute>"));
    for line in ["<done/>", "<done />", "<done></done>", "<done>"] {
        assert_eq!(tag(line).0, TagName::Done, "{line}");
    }
}

#[test]
fn what_only_looks_like_a_tag_is_none() {
    for line in [
        "",
        "<",
        "<file",
        "<file>",
        "<file path>",
        "<file path=x>",
        "<file path=\"x\"",
        "<file path=\"x>",
        "<files path=\"x\">",
        " <file path=\"x\">",
        "<edit name=\"x\">",
        "<package path=\"x\"/>",
        "<FILE path=\"x\">",
        "<file onclick={go} path=\"x\">",
        "</file>",
        "<donex/>",
        "<file path=\"é",
        "<file =\"x\">",
    ] {
        assert_eq!(opening(line), None, "{line}");
    }
}

#[test]
fn the_beginning_of_a_tag_is_seen() {
    for line in ["<", "</", "<fi", "</fi", "<file", "<file path=\"src/x", "<package name=\"x\" reason=\"so", "</edit"] {
        assert!(is_begun(line), "{line}");
    }
    for line in ["", "x", "<div", "<file>", "<filet", "< file"] {
        assert!(!is_begun(line), "{line}");
    }
}
