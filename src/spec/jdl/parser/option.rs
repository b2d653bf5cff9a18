//! Options of entities, and the lists of entities that they are for.

use super::{Parsed, Parser, word};
use crate::spec::jdl::syntax::{OptionStatement, Selection, Word};
use crate::spec::jdl::token::TokenKind;

/// Options that are set by naming the entities alone.
const PLAIN_OPTIONS: [&str; 6] = ["skipClient", "skipServer", "noFluentMethod", "filter", "readOnly", "embedded"];
/// Options that are set with a value.
const VALUE_OPTIONS: [&str; 8] =
    ["dto", "service", "paginate", "pagination", "search", "microservice", "angularSuffix", "clientRootFolder"];

/// Whether the word starts a statement that sets an option of entities.
pub(super) fn is_option(word: &str) -> bool {
    word == "use" || PLAIN_OPTIONS.contains(&word) || VALUE_OPTIONS.contains(&word)
}

impl<'a> Parser<'a, '_> {
    /// Reads one statement.
    pub(super) fn option_statement(&mut self, options: &mut Vec<OptionStatement<'a>>) -> Parsed<()> {
        let name = word(self.take());
        if name.text == "use" {
            return self.use_statement(name, options);
        }
        let mut entities = self.selection()?;
        let mut values = Vec::new();
        if VALUE_OPTIONS.contains(&name.text) {
            if !self.take_name("with") {
                return Err(Box::new(self.expected("jdl_expected").with("expected", "`with` or `,`")));
            }
            if !matches!(self.peek().kind, TokenKind::Name | TokenKind::Quoted) {
                return Err(self.expected("jdl_expected_option_value"));
            }
            values.push(word(self.take()));
            self.exclusion(&mut entities)?;
        }
        options.push(OptionStatement { name, entities, values });
        Ok(())
    }

    fn use_statement(&mut self, name: Word<'a>, options: &mut Vec<OptionStatement<'a>>) -> Parsed<()> {
        let mut values = vec![self.name("jdl_expected_option_value")?];
        while self.take_mark(",") {
            values.push(self.name("jdl_expected_option_value")?);
        }
        if !self.take_name("for") {
            return Err(Box::new(self.expected("jdl_expected").with("expected", "`for` or `,`")));
        }
        let entities = self.selection()?;
        options.push(OptionStatement { name, entities, values });
        Ok(())
    }

    /// `A, B`, `*` or `all`, and what is excepted from it.
    pub(super) fn selection(&mut self) -> Parsed<Selection<'a>> {
        let mut selection = Selection::default();
        loop {
            if self.take_mark("*") {
                selection.all = true;
            } else {
                let name = self.name("jdl_expected_entity_list")?;
                if name.text == "all" {
                    selection.all = true;
                } else {
                    selection.names.push(name);
                }
            }
            if !self.take_mark(",") {
                break;
            }
        }
        self.exclusion(&mut selection)?;
        Ok(selection)
    }

    fn exclusion(&mut self, selection: &mut Selection<'a>) -> Parsed<()> {
        if self.take_name("except") {
            selection.except.push(self.name("jdl_expected_entity_list")?);
            while self.take_mark(",") {
                selection.except.push(self.name("jdl_expected_entity_list")?);
            }
        }
        Ok(())
    }
}
