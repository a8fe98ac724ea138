#include "adapters/pdf/finish.hpp"

#include <qpdf/Buffer.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFWriter.hh>

namespace tallybook::pdf {

std::string finish_pdf(std::string const& drawn, std::string const& language) {
  QPDF file;
  file.setSuppressWarnings(true);
  file.processMemoryFile("invoice", drawn.data(), drawn.size());
  auto info = file.getTrailer().getKey("/Info");
  info.replaceKey("/Producer", QPDFObjectHandle::newUnicodeString("Tallybook"));
  info.replaceKey("/Creator", QPDFObjectHandle::newUnicodeString("Tallybook"));
  auto root = file.getRoot();
  root.replaceKey("/Lang", QPDFObjectHandle::newUnicodeString(language));
  root.replaceKey("/ViewerPreferences", QPDFObjectHandle::parse("<< /DisplayDocTitle true >>"));

  QPDFWriter writer(file);
  writer.setOutputMemory();
  writer.setDeterministicID(true);
  writer.write();
  auto const out = writer.getBufferSharedPointer();
  return {reinterpret_cast<char const*>(out->getBuffer()), out->getSize()};
}

}  // namespace tallybook::pdf
