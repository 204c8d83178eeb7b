package godoc

import (
	"cmp"
	"go/doc/comment"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"braid/data"
)

// goNames resolves Go names in documentation.
type goNames struct {
	byPath map[string]*goPackage
	byName map[string][]*goPackage // the one with the shortest path first
}

// sentences turns every package's documentation into examples with entities.
func sentences(packages []*goPackage) {
	names := &goNames{map[string]*goPackage{}, map[string][]*goPackage{}}
	for _, p := range packages {
		names.byPath[p.path] = p
		names.byName[p.name] = append(names.byName[p.name], p)
	}
	for _, same := range names.byName {
		slices.SortFunc(same, func(a, b *goPackage) int {
			return cmp.Or(cmp.Compare(len(a.path), len(b.path)), cmp.Compare(a.path, b.path))
		})
	}
	inParallel(len(packages), func(i int) {
		p := packages[i]
		var reader comment.Parser
		for _, d := range p.docs {
			for _, text := range paragraphs(reader.Parse(d.text).Content) {
				for _, s := range splitSentences(text) {
					tokens := data.Tokenize("unicode", s)
					if len(tokens) < 3 || !strings.ContainsFunc(s, unicode.IsLower) {
						continue
					}
					p.examples = append(p.examples, data.Example{
						Text: s, Tokens: tokens, File: d.file, Line: d.line,
						Fields: map[string]data.Field{"entities": {Kind: data.ListField, List: names.tags(p, d, tokens)}},
					})
				}
			}
		}
	})
}

// paragraphs returns the plain texts of paragraphs and list items, without code and headings.
func paragraphs(blocks []comment.Block) []string {
	var out []string
	for _, b := range blocks {
		switch b := b.(type) {
		case *comment.Paragraph:
			var text strings.Builder
			plainText(&text, b.Text)
			out = append(out, strings.Join(strings.Fields(text.String()), " "))
		case *comment.List:
			for _, item := range b.Items {
				out = append(out, paragraphs(item.Content)...)
			}
		}
	}
	return out
}

func plainText(to *strings.Builder, texts []comment.Text) {
	for _, t := range texts {
		switch t := t.(type) {
		case comment.Plain:
			to.WriteString(string(t))
		case comment.Italic:
			to.WriteString(string(t))
		case *comment.Link:
			plainText(to, t.Text)
		case *comment.DocLink: // as it is in the source
			to.WriteByte('[')
			plainText(to, t.Text)
			to.WriteByte(']')
		}
	}
}

// splitSentences cuts at a period, ! or ? before a blank and a capital.
func splitSentences(text string) []string {
	var out []string
	from := 0
	for i := 0; i+2 < len(text); i++ {
		if !strings.ContainsRune(".!?", rune(text[i])) || text[i+1] != ' ' {
			continue
		}
		r, _ := utf8.DecodeRuneInString(text[i+2:])
		if !unicode.IsUpper(r) || abbreviated(text[from:i+1]) {
			continue
		}
		out = append(out, text[from:i+1])
		from = i + 2
	}
	return append(out, text[from:])
}

func abbreviated(text string) bool {
	for _, a := range []string{"e.g.", "i.e.", "vs.", " al.", "cf.", "Sec.", " p.", " pp.", " no.", " St."} {
		if strings.HasSuffix(text, a) {
			return true
		}
	}
	return false
}

// tags returns the BIO tags of the tokens of a sentence in d.
func (n *goNames) tags(p *goPackage, d goDoc, tokens []string) []string {
	tags := make([]string, len(tokens))
	for i := range tags {
		tags[i] = "O"
	}
	at := func(i int) string {
		if i < 0 || i >= len(tokens) {
			return ""
		}
		return tokens[i]
	}
	for i := 0; i < len(tokens); i++ {
		// (*Buffer).Write is six tokens and one name.
		if at(i) == "(" && at(i+1) == "*" && at(i+3) == ")" && at(i+4) == "." && n.method(p, d, at(i+2), at(i+5)) {
			tags[i] = "B-METHOD"
			for k := 1; k < 6; k++ {
				tags[i+k] = "I-METHOD"
			}
			i += 5
			continue
		}
		if kind := n.kind(p, d, at(i-1), tokens[i], at(i+1), i == 0); kind != "" {
			tags[i] = "B-" + kind
		}
	}
	return tags
}

// kind returns the kind of Go name that a token is, "" if it is none. In doubt it returns "",
// so that an English word does not become a name.
func (n *goNames) kind(p *goPackage, d goDoc, before, word, next string, first bool) string {
	for _, possessive := range []string{"'s", "’s"} {
		word = strings.TrimSuffix(word, possessive)
	}
	if strings.Contains(word, ".") {
		return n.qualified(p, d, strings.Split(word, "."))
	}
	if d.params[word] && isParameter(word, next) {
		return "PARAM"
	}
	if word == d.own && d.method && (exported(word) || first) {
		return "METHOD"
	}
	if kind := p.kinds[word]; kind != "" {
		switch {
		case word == d.own && (first || exported(word)), isCamel(word), next == "(":
			return kind
		case !exported(word): // unexported and a plain word
		case first && !(strings.HasSuffix(next, "s") || next == "("):
			// A capital that begins a sentence may be English.
		default:
			return kind
		}
	}
	if builtins[word] && (unmistakable[word] || next == "(" || before == "]") {
		return "BUILTIN"
	}
	return ""
}

// qualified resolves pkg.Name, Type.Method, x.Method and pkg.Type.Method.
func (n *goNames) qualified(p *goPackage, d goDoc, parts []string) string {
	switch len(parts) {
	case 2:
		if n.method(p, d, parts[0], parts[1]) {
			return "METHOD"
		}
		if !exported(parts[1]) {
			return ""
		}
		for _, q := range n.packages(p, parts[0]) {
			if kind := q.kinds[parts[1]]; kind != "" {
				return kind
			}
		}
	case 3:
		for _, q := range n.packages(p, parts[0]) {
			if q.methods[parts[1]][parts[2]] {
				return "METHOD"
			}
		}
	}
	return ""
}

// method reports whether x.name is a method. x is a type, or, if it is a parameter or one
// letter, a value of any type of the package.
func (n *goNames) method(p *goPackage, d goDoc, x, name string) bool {
	return p.methods[x][name] || (d.params[x] || len(x) == 1) && p.anywhere[name]
}

// packages returns the packages that name may mean in p: its imports, or else those of the
// whole library.
func (n *goNames) packages(p *goPackage, name string) []*goPackage {
	if name == p.name {
		return []*goPackage{p}
	}
	var out []*goPackage
	for _, path := range p.imports[name] {
		if q := n.byPath[path]; q != nil && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	if out == nil {
		out = n.byName[name]
	}
	return out
}

// exported reports whether a name is exported.
func exported(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r)
}

// isCamel reports whether a word is like readLine, and so not English.
func isCamel(word string) bool {
	return !exported(word) && strings.ContainsFunc(word, unicode.IsUpper)
}

// isParameter reports whether a word is a parameter, not the English word of the same letters.
func isParameter(word, next string) bool {
	if function[word] {
		return false
	}
	if word != "a" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(next)
	return !unicode.IsLetter(r) || afterA[next]
}

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

var (
	function = wordSet("an and any as at be by do for from has if in into is it no not of off on or out so that " +
		"the then this to up us we with")
	afterA   = wordSet("and or is are to by if in with must at on from")
	builtins = wordSet("append cap clear close complex copy delete imag len make max min new panic print println " +
		"real recover int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 complex64 " +
		"complex128 bool byte rune string error any nil iota")
	unmistakable = wordSet("cap len int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 " +
		"float64 complex64 complex128 bool rune nil iota println")
)
