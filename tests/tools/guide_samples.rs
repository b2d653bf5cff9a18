//! The files that a pack's guide shows whole: fences whose first line is `// path`.

/// Path and content of each, in the order of the guide.
pub(crate) fn samples(guide: &str) -> Vec<(String, String)> {
    let mut samples = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("```") {
            continue;
        }
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some((path, content)) =
            inside.split_first().and_then(|(first, rest)| Some((first.strip_prefix("// ")?, rest)))
        {
            samples.push((path.to_owned(), content.join("\n") + "\n"));
        }
    }
    samples
}
