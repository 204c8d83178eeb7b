package data

import (
	"fmt"
	"strings"
)

// Span is a typed stretch of words, Start to End-1.
type Span struct {
	Type       string
	Start, End int
}

// split cuts a tag into its prefix and type: "B-ORG" into "B", "ORG". A type may hold hyphens.
func splitTag(tag string) (prefix, kind string) {
	prefix, kind, ok := strings.Cut(tag, "-")
	if !ok {
		return tag, ""
	}
	return prefix, kind
}

// prefixes are what a scheme's tags may begin with.
var prefixes = map[string]string{"bio": "BI", "iob1": "BI", "iobes": "BIES", "bilou": "BILU"}

// schemeMend says which scheme a tag is of that is not of the task's.
func schemeMend(tag string) string {
	prefix, kind := splitTag(tag)
	if kind != "" {
		switch prefix {
		case "E", "S":
			return "set the task's scheme to iobes, or mend the tag"
		case "L", "U":
			return "set the task's scheme to bilou, or mend the tag"
		}
	}
	return "mend it, or set the task's scheme to bio, iobes, bilou, iob1 or plain"
}

// checkTag says what is wrong with a tag of a scheme, "" if nothing.
func checkTag(scheme, tag string) string {
	if scheme == "plain" || tag == "O" {
		return ""
	}
	prefix, kind := splitTag(tag)
	if len(prefix) != 1 || kind == "" || !strings.Contains(prefixes[scheme], prefix) {
		return fmt.Sprintf("tag %q is not one of %s", tag, scheme)
	}
	return ""
}

// toBIO rewrites tags of a scheme as BIO; the same spans, as conlleval finds them.
// Source: Ramshaw and Marcus 1995 (IOB1); Tjong Kim Sang and Veenstra 1999 (IOB2 = BIO);
// Ratinov and Roth 2009 (BILOU: L and U for the E and S of IOBES).
func toBIO(scheme string, tags []string) []string {
	if scheme == "bio" || scheme == "plain" {
		return tags
	}
	out := make([]string, len(tags))
	before, kindBefore := "O", ""
	for i, tag := range tags {
		prefix, kind := splitTag(tag)
		switch {
		case tag == "O":
			out[i] = tag
		case begins[prefix] || before == "O" || kind != kindBefore || ends[before]:
			out[i] = "B-" + kind
		default:
			out[i] = "I-" + kind
		}
		before, kindBefore = prefix, kind
		if scheme == "iob1" && prefix == "B" {
			before = "I"
		}
	}
	return out
}

// begins and ends are prefixes of the first and of the last word of a span.
var (
	begins = map[string]bool{"B": true, "S": true, "U": true}
	ends   = map[string]bool{"E": true, "L": true, "S": true, "U": true}
)

// FromBIO rewrites well-formed BIO as another scheme.
func FromBIO(scheme string, tags []string) []string {
	out := make([]string, len(tags))
	for i, tag := range tags {
		prefix, kind := splitTag(tag)
		next, nextKind := "O", ""
		if i+1 < len(tags) {
			next, nextKind = splitTag(tags[i+1])
		}
		last := next != "I" || nextKind != kind
		switch {
		case tag == "O" || scheme == "bio" || scheme == "plain":
			out[i] = tag
		case scheme == "iob1":
			out[i] = "I-" + kind
			if prefix == "B" && i > 0 && tags[i-1] != "O" {
				if _, k := splitTag(tags[i-1]); k == kind {
					out[i] = tag
				}
			}
		case prefix == "B" && last:
			out[i] = map[string]string{"iobes": "S-", "bilou": "U-"}[scheme] + kind
		case last:
			out[i] = map[string]string{"iobes": "E-", "bilou": "L-"}[scheme] + kind
		default:
			out[i] = tag
		}
	}
	return out
}
