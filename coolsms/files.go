package coolsms

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// FilesService keeps pictures and documents that messages name.
type FilesService struct{ c *Client }

const filesPath = "/storage/v1/files"

// FileType is what a file is for. Values that are not among the constants are
// kept as they came.
type FileType string

// The types, and the most bytes of each.
const (
	FileMMS      FileType = "MMS"      // a JPEG of up to 200 KB
	FileKakao    FileType = "KAKAO"    // up to 500 KB
	FileRCS      FileType = "RCS"      //
	FileFax      FileType = "FAX"      //
	FileDocument FileType = "DOCUMENT" // up to 2 MB
)

// UploadFileParams is a file to be kept.
type UploadFileParams struct {
	Data []byte   `json:"file"` // written as base64
	Type FileType `json:"type"`
	Name string   `json:"name,omitempty"`
	Link string   `json:"link,omitempty"` // where a Kakao picture leads
}

// String tells type and size, and nothing of the contents.
func (p UploadFileParams) String() string {
	return "coolsms.UploadFileParams(" + string(p.Type) + ", " + strconv.Itoa(len(p.Data)) + " bytes)"
}

// LogValue is String.
func (p UploadFileParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// File is a file that is kept.
type File struct {
	FileID       string   `json:"fileId"` // the ImageID of a message
	Type         FileType `json:"type"`
	Name         string   `json:"name"`
	OriginalName string   `json:"originalName"`
	Link         string   `json:"link"`
	URL          string   `json:"url"`
	AccountID    string   `json:"accountId"`
	FileSize     int64    `json:"fileSize"` // in bytes
	Width        int      `json:"width"`
	Height       int      `json:"height"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the file as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads the provider's form.
func (f *File) UnmarshalJSON(raw []byte) error {
	type plain File
	wire := struct {
		*plain
		dates
	}{plain: (*plain)(f)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	f.DateCreated, f.DateUpdated, f.Raw = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time, keep(raw)
	return nil
}

func nameOfFile(f *File) string { return f.FileID }

// Upload keeps a file and returns it with its id.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/storage/uploadFile.md
func (s *FilesService) Upload(ctx context.Context, p UploadFileParams) (*File, error) {
	return fetch(ctx, s.c, call{method: http.MethodPost, path: filesPath, body: p}, nameOfFile)
}

// List returns one page of files, newest first.
func (s *FilesService) List(ctx context.Context, p PageParams) (*Page[File], error) {
	return list[File](ctx, s.c, call{method: http.MethodGet, path: filesPath, query: pageQuery(p.StartKey, p.Limit)}, "fileList")
}

// All walks over all files. It ends after the first error, which comes with a
// nil file.
func (s *FilesService) All(ctx context.Context) iter.Seq2[*File, error] {
	return all("", func(startKey string) (*Page[File], error) {
		return s.List(ctx, PageParams{Limit: perPage, StartKey: startKey})
	})
}

// Get returns a file; its contents are at its URL.
func (s *FilesService) Get(ctx context.Context, fileID string) (*File, error) {
	path, err := idPath(filesPath, fileID, "")
	if err != nil {
		return nil, err
	}
	return fetch(ctx, s.c, call{method: http.MethodGet, path: path}, nameOfFile)
}

// Delete deletes a file.
func (s *FilesService) Delete(ctx context.Context, fileID string) error {
	path, err := idPath(filesPath, fileID, "")
	if err != nil {
		return err
	}
	return s.c.do(ctx, call{method: http.MethodDelete, path: path}, &ignored{})
}
