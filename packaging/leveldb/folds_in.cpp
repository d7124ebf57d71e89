// Links when LevelDB's archive can become part of a shared object.
#include <leveldb/db.h>

leveldb::Status folds_in() {
  leveldb::DB* database = nullptr;
  return leveldb::DB::Open(leveldb::Options(), "", &database);
}
