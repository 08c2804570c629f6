#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the office packages of this folder: the least that a word processor, a spreadsheet and a
presentation program open. Usage: make.py FOLDER"""
import pathlib
import sys
import zipfile

OUT = pathlib.Path(sys.argv[1])
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/"
TYPE = "application/vnd.openxmlformats-officedocument."
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


def types(main, kind, custom=False):
    extra = f'<Override PartName="/docProps/custom.xml" ContentType="{TYPE}custom-properties+xml"/>'
    return (f'{XML}<Types xmlns="{PACKAGE}content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/{main}" ContentType="{TYPE}{kind}.main+xml"/>'
            f'{extra if custom else ""}</Types>')


def rels(*targets):
    rows = "".join(f'<Relationship Id="rId{i}" Type="{OFFICE}relationships/{kind}" '
                   f'Target="{target}"/>' for i, (kind, target) in enumerate(targets, 1))
    return f'{XML}<Relationships xmlns="{PACKAGE}relationships">{rows}</Relationships>'


def custom(name, value):
    return (f'{XML}<Properties xmlns="{OFFICE}custom-properties" '
            f'xmlns:vt="{OFFICE}docPropsVTypes"><property fmtid="{FMTID}" pid="2" name="{name}">'
            f'<vt:lpwstr>{value}</vt:lpwstr></property></Properties>')


class Stream:
    """A file that cannot seek: its members get data descriptors."""

    def __init__(self, file):
        self.write, self.flush = file.write, file.flush


def pack(name, members, method=zipfile.ZIP_DEFLATED, comment=b"", streamed=False):
    with open(OUT / name, "wb") as f:
        with zipfile.ZipFile(Stream(f) if streamed else f, "w", method) as z:
            z.comment = comment
            for path, text in members.items():
                z.writestr(zipfile.ZipInfo(path), text, compress_type=method)


DOCUMENT = (f'{XML}<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>鉴真</w:t></w:r></w:p>'
            f'</w:body></w:document>')
pack("plain.docx", {
    "[Content_Types].xml": types("word/document.xml", "wordprocessingml.document"),
    "_rels/.rels": rels(("officeDocument", "word/document.xml")),
    "word/document.xml": DOCUMENT,
}, comment="a comment at the end".encode())
pack("other-property.docx", {
    "[Content_Types].xml": types("word/document.xml", "wordprocessingml.document", custom=True),
    "_rels/.rels": rels(("officeDocument", "word/document.xml"),
                        ("custom-properties", "docProps/custom.xml")),
    "docProps/custom.xml": custom("Client", "A &amp; B"),
    "word/document.xml": DOCUMENT,
}, streamed=True)
pack("plain.xlsx", {
    "[Content_Types].xml": types("xl/workbook.xml", "spreadsheetml.sheet").replace(
        "</Types>", f'<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{TYPE}spreadsheetml.worksheet+xml"/></Types>'),
    "_rels/.rels": rels(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": f'{XML}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}relationships"><sheets>'
                       f'<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": rels(("worksheet", "worksheets/sheet1.xml")),
    "xl/worksheets/sheet1.xml": f'{XML}<worksheet xmlns="{SHEET}"><sheetData><row r="1">'
                                f'<c r="A1"><v>1</v></c></row></sheetData></worksheet>',
}, method=zipfile.ZIP_STORED)
pack("plain.pptx", {
    "[Content_Types].xml": types("ppt/presentation.xml", "presentationml.presentation"),
    "_rels/.rels": rels(("officeDocument", "ppt/presentation.xml")),
    "ppt/presentation.xml": f'{XML}<p:presentation xmlns:p="{SLIDE}"><p:sldSz cx="9144000" '
                            f'cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
                            f'</p:presentation>',
})
