// JPEG on libjpeg (libjpeg-turbo), with the settings OpenCV's reader has: the accurate DCT and
// smooth upsampling of colour; grey is the stored brightness; CMYK is taken for inverted, as Adobe
// writes it; an orientation in EXIF is not looked at. A file cut off or damaged within its pixels
// is read as far as it goes, and said to be so.
#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include "modules/codecs/codecs.hpp"
// After <cstdio>, which it needs and does not include.
#include <jpeglib.h>
// After <jpeglib.h>, which says whether there are arithmetic codes.
#include <jerror.h>

namespace caffe::codecs {
namespace {

// A progressive file may ask for its pixels to be gone through any number of times.
constexpr int kMostScans = 500;

struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg knows this part only
  jmp_buf out;
  caffe_codecs_error* error;
  // What libjpeg warned of: the file's end came too early; pixels could not be read.
  bool ended, lost;
  // A file of its kind may lack pixels without a further word: of several scans some, of arithmetic
  // codes the last ones. Others have all pixels when they only lack their last marker.
  bool silent;
};

[[noreturn]] void leave_with(void* info, const char* text) {
  auto* manager = reinterpret_cast<ErrorManager*>(static_cast<j_common_ptr>(info)->err);
  failed(manager->error, text);
  std::longjmp(manager->out, 1);
}

[[noreturn]] void leave(j_common_ptr info) {
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  leave_with(info, text);
}

// Of libjpeg's warnings those that mean that pixels are missing; others are of no consequence.
void note(j_common_ptr info, int level) {
  if (level >= 0) return;
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  switch (manager->base.msg_code) {
    case JWRN_JPEG_EOF:
      manager->ended = true;
      break;
    case JWRN_HIT_MARKER:
    case JWRN_MUST_RESYNC:
    case JWRN_HUFF_BAD_CODE:
#ifdef D_ARITH_CODING_SUPPORTED
    case JWRN_ARITH_BAD_CODE:
#endif
      manager->lost = true;
      break;
    default:
      break;
  }
}

void set_up(ErrorManager* manager, caffe_codecs_error* error) {
  jpeg_std_error(&manager->base);
  manager->base.error_exit = leave;
  manager->base.output_message = [](j_common_ptr) {};
  manager->base.emit_message = note;
  manager->error = error;
  manager->ended = manager->lost = manager->silent = false;
}

void check_scans(j_common_ptr info) {
  const int scan = reinterpret_cast<j_decompress_ptr>(info)->input_scan_number;
  if (scan > kMostScans) leave_with(info, "the file has too many scans");
}

// One row of inverted CMYK in place: to BGR, or to grey when `channels` is 1. `to` may be `from`.
void from_cmyk(const unsigned char* from, int64_t width, int channels, unsigned char* to) {
  for (int64_t x = 0; x < width; ++x, from += 4, to += channels) {
    const int black = from[3];
    const auto mixed = [black](int ink) { return black - ((255 - ink) * black >> 8); };
    const int red = mixed(from[0]), green = mixed(from[1]), blue = mixed(from[2]);
    if (channels == 1) {
      to[0] = gray_of(blue, green, red);
    } else {
      to[0] = static_cast<unsigned char>(blue);
      to[1] = static_cast<unsigned char>(green);
      to[2] = static_cast<unsigned char>(red);
    }
  }
}

// Everything between setjmp and the end of the decoder's life.
void decode_with(jpeg_decompress_struct* info, caffe_codecs_bytes file, int color, Place place,
                 void* user) {
  jpeg_mem_src(info, file.data, static_cast<unsigned long>(file.size));
  jpeg_read_header(info, TRUE);
  const int64_t height = info->image_height, width = info->image_width;
  if (height * width > kMostPixels ||
      height * width > kMostFromAByte * static_cast<int64_t>(file.size)) {
    leave_with(info, "the file says it has more pixels than can be in it");
  }
  const bool cmyk = info->num_components == 4;
  const bool gray =
      color == CAFFE_CODECS_GRAY || (color == CAFFE_CODECS_AS_STORED && info->num_components == 1);
  const int channels = gray ? 1 : 3;
  info->out_color_space = cmyk ? JCS_CMYK : gray ? JCS_GRAYSCALE : JCS_EXT_BGR;
  reinterpret_cast<ErrorManager*>(info->err)->silent =
      jpeg_has_multiple_scans(info) != 0 || info->arith_code != 0;
  jpeg_start_decompress(info);
  unsigned char* values = place(height, width, channels, user);
  if (values == nullptr) leave_with(info, "there is not enough memory");
  JSAMPARRAY inks = nullptr;
  if (cmyk) {
    inks = info->mem->alloc_sarray(reinterpret_cast<j_common_ptr>(info), JPOOL_IMAGE,
                                   static_cast<JDIMENSION>(width * 4), 1);
  }
  while (info->output_scanline < info->output_height) {
    unsigned char* row = values + info->output_scanline * width * channels;
    JSAMPROW rows[] = {cmyk ? inks[0] : row};
    jpeg_read_scanlines(info, rows, 1);
    if (cmyk) from_cmyk(inks[0], width, channels, row);
  }
  jpeg_finish_decompress(info);
}

// Where libjpeg writes what it has encoded.
struct Destination {
  jpeg_destination_mgr base;  // first: libjpeg knows this part only
  unsigned char buffer[16384];
  Take take;
  void* user;
};

void pass_on(j_compress_ptr info, size_t size) {
  auto* to = reinterpret_cast<Destination*>(info->dest);
  if (to->take({to->buffer, size}, to->user) != 0) {
    leave_with(info, "the file cannot be written");
  }
  to->base.next_output_byte = to->buffer;
  to->base.free_in_buffer = sizeof to->buffer;
}

void encode_with(jpeg_compress_struct* info, const caffe_codecs_pixels* pixels, int quality) {
  info->image_width = static_cast<JDIMENSION>(pixels->width);
  info->image_height = static_cast<JDIMENSION>(pixels->height);
  info->input_components = pixels->channels;
  info->in_color_space = pixels->channels == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  jpeg_start_compress(info, TRUE);
  while (info->next_scanline < info->image_height) {
    JSAMPROW rows[] = {pixels->values + info->next_scanline * pixels->width * pixels->channels};
    jpeg_write_scanlines(info, rows, 1);
  }
  jpeg_finish_compress(info);
}

}  // namespace

bool is_jpeg(caffe_codecs_bytes file) {
  return file.size > 2 && std::memcmp(file.data, "\xff\xd8\xff", 3) == 0;
}

int decode_jpeg(caffe_codecs_bytes file, int color, Place place, void* user,
                caffe_codecs_error* error) {
  jpeg_decompress_struct info;
  ErrorManager manager;
  jpeg_progress_mgr progress{};
  std::memset(&info, 0, sizeof info);  // so that it can be destroyed when it could not be made
  set_up(&manager, error);
  info.err = &manager.base;
  if (setjmp(manager.out) != 0) {
    jpeg_destroy_decompress(&info);
    return CAFFE_CODECS_FAILED;
  }
  jpeg_create_decompress(&info);
  progress.progress_monitor = check_scans;
  info.progress = &progress;
  decode_with(&info, file, color, place, user);
  const bool partly = manager.lost || (manager.ended && manager.silent);
  jpeg_destroy_decompress(&info);
  if (!partly) return CAFFE_CODECS_DONE;
  failed(error, manager.ended ? "the file is cut off within its pixels"
                              : "the file is damaged within its pixels");
  return CAFFE_CODECS_PARTLY;
}

int encode_jpeg(const caffe_codecs_pixels* pixels, int quality, Take take, void* user,
                caffe_codecs_error* error) {
  if (pixels->channels != 1 && pixels->channels != 3) {
    return failed(error, "a JPEG file has one or three channels");
  }
  if (pixels->height < 1 || pixels->width < 1 || pixels->height > JPEG_MAX_DIMENSION ||
      pixels->width > JPEG_MAX_DIMENSION) {
    return failed(error, "the sides of a JPEG file are 1 to 65500 pixels long");
  }
  jpeg_compress_struct info;
  ErrorManager manager;
  Destination destination{};
  std::memset(&info, 0, sizeof info);
  set_up(&manager, error);
  info.err = &manager.base;
  if (setjmp(manager.out) != 0) {
    jpeg_destroy_compress(&info);
    return CAFFE_CODECS_FAILED;
  }
  jpeg_create_compress(&info);
  destination.base.next_output_byte = destination.buffer;
  destination.base.free_in_buffer = sizeof destination.buffer;
  destination.base.init_destination = [](j_compress_ptr) {};
  destination.base.empty_output_buffer = [](j_compress_ptr to) -> boolean {
    pass_on(to, sizeof(Destination::buffer));
    return TRUE;
  };
  destination.base.term_destination = [](j_compress_ptr to) {
    pass_on(to, sizeof(Destination::buffer) - to->dest->free_in_buffer);
  };
  destination.take = take;
  destination.user = user;
  info.dest = &destination.base;
  encode_with(&info, pixels, quality);
  jpeg_destroy_compress(&info);
  return CAFFE_CODECS_DONE;
}

}  // namespace caffe::codecs
