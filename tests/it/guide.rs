//! What a pack's guide says, held against the projects that it is said of. `scripts/verify-features` compiles, lints and
//! tests the files that it shows.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use samokoder::domain::blueprint::{Blueprint, derive};
use samokoder::domain::path::ProjectPath;
use samokoder::spec;
use samokoder::template::{Pack, Renderer};

use super::guide_samples::samples;
use super::template_support::fixture;

static IMPORT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?s)import (type )?\{([^}]*)\} from "(\.[^"]*)""#).unwrap());

/// A project, with the files that its guide shows laid over it.
struct Project {
    guide: String,
    files: BTreeMap<String, String>,
}

fn blueprint(pack: &Pack, path: &str) -> Blueprint {
    let reading = spec::read("spec.yaml", &std::fs::read(fixture(path)).unwrap());
    let (blueprint, problems) = derive(&reading.spec.unwrap(), &pack.manifest().facts());
    assert_eq!(problems, [], "{path}");
    blueprint
}

fn projects() -> Vec<Project> {
    let pack = Arc::new(Pack::embedded("react-hono").unwrap());
    let renderer = Renderer::new(Arc::clone(&pack)).unwrap();
    let specs = ["guide-plain", "guide-signed-in", "guide-no-rows", "room-booking", "pomodoro"];
    let project = |name: &str| {
        let blueprint = blueprint(&pack, &format!("features/{name}/spec.yaml"));
        let guide = renderer.guide(&blueprint).unwrap();
        let plan = renderer.plan(&blueprint).unwrap();
        let rendered = plan.sections().iter().flat_map(|section| plan.render(&section.id).unwrap());
        let text = |content: Vec<u8>| String::from_utf8(content).unwrap();
        let mut files: BTreeMap<_, _> = rendered.map(|file| (file.path.to_string(), text(file.content))).collect();
        for (path, content) in samples(&guide) {
            assert!(!pack.is_protected(&ProjectPath::parse(&path).unwrap()), "{path} is protected");
            files.insert(path, content);
        }
        Project { guide, files }
    };
    specs.into_iter().map(project).collect()
}

impl Project {
    /// The guide without what it shows.
    fn prose(&self) -> String {
        self.guide.split("\n```").step_by(2).collect()
    }

    fn exports(&self, path: &str, name: &str) -> bool {
        let pattern = format!(r"export (async )?(const|function|class|interface|type) {name}\b");
        Regex::new(&pattern).unwrap().is_match(&self.files[path])
    }

    /// The file that an import means.
    fn resolved(&self, from: &str, to: &str) -> Option<String> {
        let mut parts: Vec<&str> = from.split('/').collect();
        parts.pop();
        for step in to.split('/') {
            match step {
                "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        let path = parts.join("/");
        let endings = ["", ".ts", ".tsx", "/index.ts", "/index.tsx"];
        endings.iter().map(|ending| format!("{path}{ending}")).find(|path| self.files.contains_key(path))
    }
}

/// What stands in code marks.
fn marked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_path_in_a_guide_is_there() {
    // Folders that begin with the first feature.
    let coming = ["src/shared/features/", "tests/features/"];
    for project in projects() {
        let prose = project.prose();
        let paths: Vec<&str> =
            marked(&prose).filter(|code| code.starts_with("src/") || code.starts_with("tests/")).collect();
        assert!(paths.len() > 10);
        for path in paths.into_iter().filter(|path| !coming.contains(path)) {
            let is_there =
                project.files.keys().any(|file| file == path || (path.ends_with('/') && file.starts_with(path)));
            assert!(is_there, "{path} of {}", project.files["package.json"]);
        }
    }
}

#[test]
fn every_name_that_a_guide_offers_is_exported_where_it_says() {
    for project in projects() {
        let (_, table) = project.guide.split_once("| from | names (T: types) | use |\n|---|---|---|\n").unwrap();
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        assert!(rows.len() > 10);
        for row in rows {
            let cells: Vec<&str> = row.split(" | ").collect();
            let path = marked(cells[0]).next().unwrap();
            assert!(marked(cells[1]).count() > 0, "{row}");
            for name in marked(cells[1]) {
                assert!(project.exports(path, name), "{path} does not export {name}");
            }
        }
    }
}

#[test]
fn the_tables_of_pairs_that_a_guide_names_are_in_the_schema() {
    let mut count = 0;
    for project in projects() {
        let Some((_, told)) = project.guide.split_once(" The pairs are rows of ") else { continue };
        let names: Vec<&str> = marked(told.split_once(" in `schema.ts`").unwrap().0).collect();
        let schema = &project.files["src/server/database/schema.ts"];
        for names in names.chunks(3) {
            let [table, left, right] = names else { panic!("{names:?}") };
            let (_, columns) = schema.split_once(&format!("export const {table} = ")).unwrap();
            let (columns, _) = columns.split_once("\n);").unwrap();
            assert!(columns.contains(&format!(" {left}: ")) && columns.contains(&format!(" {right}: ")), "{columns}");
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn what_a_guide_shows_imports_what_is_there() {
    for project in projects() {
        let shown = samples(&project.guide);
        assert!(shown.len() >= 7, "{} files", shown.len());
        for (path, content) in shown {
            let mut imports = 0;
            for found in IMPORT.captures_iter(&content) {
                imports += 1;
                let target = project.resolved(&path, &found[3]);
                let target = target.unwrap_or_else(|| panic!("{path}: there is no {}", &found[3]));
                for name in found[2].split(',').map(|name| name.trim().trim_start_matches("type ")) {
                    assert!(name.is_empty() || project.exports(&target, name), "{path}: {target} exports no {name}");
                }
            }
            assert!(imports > 0 || path.starts_with("tests/"), "{path} was read");
        }
    }
}

#[test]
fn every_class_and_variable_that_a_guide_offers_is_in_the_styles() {
    for project in projects() {
        let styles: String =
            project.files.iter().filter(|(path, _)| path.ends_with(".css")).map(|(_, text)| text.as_str()).collect();
        let (_, told) = project.guide.split_once("- Classes: ").unwrap();
        let (told, _) = told.split_once("\n\n").unwrap();
        let mut count = 0;
        for word in marked(told).filter(|word| !word.contains([' ', '<']) && *word != ".css") {
            count += 1;
            let is_there = if word.starts_with("--") {
                styles.contains(&format!("{word}:"))
            } else {
                Regex::new(&format!(r"\.{word}\b")).unwrap().is_match(&styles)
            };
            assert!(is_there, "{word}");
        }
        assert!(count > 30);
    }
}
