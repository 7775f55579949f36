package sandbox

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/gif"  // to read the size of a picture
	_ "image/jpeg" // to read the size of a picture
	_ "image/png"  // to read the size of a picture
	"net/http"
	"strings"
	"time"
)

// file is an uploaded file. Its content is looked at once and not kept: nothing
// that this account answers gives it back.
type file struct {
	FileID       string    `json:"fileId"`
	Type         string    `json:"type"`
	Name         string    `json:"name"`
	OriginalName string    `json:"originalName"`
	Link         string    `json:"link"`
	Width        int       `json:"width"`
	Height       int       `json:"height"`
	Size         int       `json:"fileSize"`
	Created      time.Time `json:"dateCreated"`
}

// fileTypes are the types of file and the most bytes each may have. Types whose
// limit is not documented share that of documents (G).
var fileTypes = map[string]int{
	"MMS": 200 << 10, "KAKAO": 500 << 10, "DOCUMENT": 2 << 20, "RCS": 2 << 20, "FAX": 2 << 20,
	"BMS": 2 << 20, "BMS_WIDE": 2 << 20, "BMS_WIDE_MAIN_ITEM_LIST": 2 << 20, "BMS_WIDE_SUB_ITEM_LIST": 2 << 20,
	"BMS_CAROUSEL_FEED_LIST": 2 << 20, "BMS_CAROUSEL_COMMERCE_LIST": 2 << 20,
}

var fileFields = map[string]valueKind{
	"fileId": asText, "type": asText, "name": asText, "originalName": asText, "dateCreated": asTime, "dateUpdated": asTime,
}

func (f *file) key() string { return f.FileID }

func (f *file) field(name string) value {
	switch name {
	case "fileId":
		return textOf(f.FileID)
	case "type":
		return textOf(f.Type)
	case "name":
		return textOf(f.Name)
	case "originalName":
		return textOf(f.OriginalName)
	}
	return value{time: f.Created} // a file never changes
}

// fileOf finds an uploaded file of a type; an empty type is any.
func (w *world) fileOf(id, kind string) *file {
	f, _ := byKey(w.res.Files, id)
	if f == nil || kind != "" && f.Type != kind {
		return nil
	}
	return f
}

type fileView struct {
	FileID       string    `json:"fileId"`
	Type         string    `json:"type"`
	Name         string    `json:"name"`
	OriginalName string    `json:"originalName"`
	Link         *string   `json:"link"`
	Width        *int      `json:"width"` // null for what is not a picture
	Height       *int      `json:"height"`
	FileSize     int       `json:"fileSize"`
	URL          string    `json:"url"`
	AccountID    string    `json:"accountId"`
	References   [0]string `json:"references"`
	Kakao        struct {
		Daou    *string `json:"daou"`
		Biztalk *string `json:"biztalk"`
	} `json:"kakao"`
	DateCreated string `json:"dateCreated"`
	DateUpdated string `json:"dateUpdated"`
}

func viewFile(f *file) fileView {
	v := fileView{
		FileID: f.FileID, Type: f.Type, Name: f.Name, OriginalName: f.OriginalName, Link: filled(f.Link),
		FileSize: f.Size, URL: "https://storage.example/" + f.FileID, AccountID: accountID,
		DateCreated: stamp(f.Created), DateUpdated: stamp(f.Created),
	}
	if f.Width > 0 {
		width, height := f.Width, f.Height
		v.Width, v.Height = &width, &height
	}
	return v
}

// uploadFile serves POST /storage/v1/files. What the provider answers to a file
// it does not take is not documented; here it is a ValidationError (G).
func uploadFile(c *call) (any, error) {
	var req struct {
		File string `json:"file"`
		Name string `json:"name"`
		Type string `json:"type"`
		Link string `json:"link"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	f, err := readFile(req.File, strings.ToUpper(req.Type))
	if err != nil {
		return nil, err
	}
	f.Name, f.OriginalName, f.Link = req.Name, req.Name, req.Link
	c.s.change(func(w *world) {
		f.FileID, f.Created = newResourceID(w.chance, "ST01FZ", w.now), w.now
		if f.Name == "" {
			f.Name, f.OriginalName = f.FileID, f.FileID // G
		}
		w.res.Files = pushed(w.res.Files, f, maxResources)
	})
	return viewFile(f), nil
}

// readFile takes a file out of its base64 and checks it against its type.
func readFile(encoded, kind string) (*file, error) {
	limit, known := fileTypes[kind]
	if !known {
		return nil, errValidation.because("알 수 없는 파일 종류: " + clip(kind, 32))
	}
	// Some callers send a data URL.
	if head, rest, found := strings.Cut(encoded, ","); found && strings.HasPrefix(head, "data:") {
		encoded = rest
	}
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(content) == 0 {
		return nil, errValidation.because("file은 base64로 적은 파일이어야 합니다.")
	}
	if len(content) > limit {
		return nil, errValidation.because("파일이 너무 큽니다.")
	}
	if kind == "MMS" && http.DetectContentType(content) != "image/jpeg" {
		return nil, errValidation.because("MMS는 JPEG만 보낼 수 있습니다.")
	}
	f := &file{Type: kind, Size: len(content)}
	if size, _, err := image.DecodeConfig(bytes.NewReader(content)); err == nil {
		f.Width, f.Height = size.Width, size.Height
	}
	return f, nil
}

// listFiles serves GET /storage/v1/files.
func listFiles(c *call) (any, error) {
	v := struct {
		FileList []fileView `json:"fileList"`
		page
	}{FileList: []fileView{}}
	var err error
	c.s.change(func(w *world) {
		var found []*file
		v.page, found, err = pageOf(w.res.Files, c.r.URL.Query(), fileFields)
		for _, f := range found {
			v.FileList = append(v.FileList, viewFile(f))
		}
	})
	return v, err
}

// getFile serves GET /storage/v1/files/{fileId}.
func getFile(c *call) (v any, err error) {
	c.s.change(func(w *world) {
		if f := w.fileOf(c.r.PathValue("id"), ""); f != nil {
			v = viewFile(f)
		} else {
			err = errNoResource
		}
	})
	return v, err
}

// deleteFile serves DELETE /storage/v1/files/{fileId} and answers the file that
// is gone (G).
func deleteFile(c *call) (v any, err error) {
	c.s.change(func(w *world) {
		f, at := byKey(w.res.Files, c.r.PathValue("id"))
		if at < 0 {
			err = errNoResource
			return
		}
		w.res.Files = append(w.res.Files[:at:at], w.res.Files[at+1:]...)
		v = viewFile(f)
	})
	return v, err
}
