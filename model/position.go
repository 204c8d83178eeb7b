package model

import "unicode/utf8"

// position turns offsets in bytes into offsets in characters, in time linear in the text for
// offsets that do not fall. The zero value of byte and character is the start of the text.
type position struct {
	text            string
	byte, character int
}

// characters returns how many characters (code points) text[:offset] has; offset is not below
// that of the last call.
func (p *position) characters(offset int) int {
	p.character += utf8.RuneCountInString(p.text[p.byte:offset])
	p.byte = offset
	return p.character
}
