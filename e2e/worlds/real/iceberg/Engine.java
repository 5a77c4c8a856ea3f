import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericAppenderFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.hadoop.HadoopFileIO;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.types.Types;

/**
 * Iceberg's own library as another engine: Engine WAREHOUSE (a folder, or the URL of a REST catalog; S3 by AWS_*).
 * Reads a JSON array of words a line, does the deed, answers one line of JSON: its result, or {"error": …}.
 */
public class Engine {
  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    var engine = new Engine(args[0]);
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Object answer;
      try {
        answer = engine.deed(JSON.readTree(line));
      } catch (Exception | LinkageError error) {
        error.printStackTrace();
        answer = Map.of("error", String.valueOf(error));
      }
      System.out.println(JSON.writeValueAsString(answer));
    }
  }

  final String warehouse;
  final RESTCatalog catalog;

  Engine(String warehouse) {
    this.warehouse = warehouse;
    this.catalog = warehouse.startsWith("http") ? new RESTCatalog() : null;
    if (catalog == null) return;
    var properties = new HashMap<>(Map.of("uri", warehouse, "s3.path-style-access", "true", "cache-enabled", "false"));
    var names = Map.of(
        "s3.endpoint", "AWS_ENDPOINT_URL_S3", "client.region", "AWS_REGION",
        "s3.access-key-id", "AWS_ACCESS_KEY_ID", "s3.secret-access-key", "AWS_SECRET_ACCESS_KEY");
    names.forEach((property, name) -> {
      if (System.getenv(name) != null) properties.put(property, System.getenv(name));
    });
    catalog.setConf(new Configuration());
    catalog.initialize("k2", properties);
  }

  TableIdentifier named(String table) {
    return TableIdentifier.of("market_data", table);
  }

  Table open(String table) throws IOException {
    if (catalog != null) return catalog.loadTable(named(table));
    try (var files = Files.list(Path.of(warehouse, "market_data", table, "metadata"))) {
      var newest = files.map(Path::toString).filter(path -> path.matches(".*/v\\d+\\.metadata\\.json"))
          .max(Comparator.comparingInt(path -> Integer.parseInt(path.replaceAll(".*/v|\\.metadata\\.json", ""))));
      return new BaseTable(new StaticTableOperations(newest.get(), new HadoopFileIO(new Configuration())), table);
    }
  }

  Object deed(com.fasterxml.jackson.databind.JsonNode words) throws Exception {
    var name = words.get(1).asText();
    var table = open(name);
    switch (words.get(0).asText()) {
      case "tally":
        return tally(table, words.get(2).asText(), texts(words.get(3)), texts(words.get(4)));
      case "append": {
        var append = table.newAppend();
        write(table, rows(table, texts(words.get(2)), words.get(3).asText(), words.get(4).asText())).forEach(append::appendFile);
        append.commit();
        break;
      }
      case "rewrite-files":
        rewriteFiles(table);
        break;
      case "rewrite-manifests":
        table.rewriteManifests().rewriteIf(manifest -> true).commit();
        break;
      case "expire":
        table.expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
        break;
      case "evolve-spec":
        table.updateSpec().addField("exchange").commit();
        break;
      case "restore-spec":
        table.updateSpec().removeField("exchange").commit();
        break;
      case "add-column":
        table.updateSchema().addColumn("their_note", Types.StringType.get(), "of another engine").commit();
        break;
      case "rollback":
        table.manageSnapshots().rollbackTo(table.currentSnapshot().parentId()).commit();
        break;
      case "recreate":
        catalog.dropTable(named(name), false);
        catalog.createTable(named(name), table.schema(), table.spec());
        break;
      case "delete-rows":
        deleteRows(table, words.get(2).asText());
        break;
      default:
        throw new IllegalArgumentException("no deed " + words);
    }
    return Map.of("done", true);
  }

  static List<String> texts(com.fasterxml.jackson.databind.JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** Rows and the exact sum of a column: of all, and through a filter for each symbol and each day. */
  Object tally(Table table, String column, List<String> symbols, List<String> days) throws IOException {
    var bySymbol = new TreeMap<String, Object>();
    for (var symbol : symbols) bySymbol.put(symbol, sum(table, column, Expressions.equal("symbol", symbol)));
    var byDay = new TreeMap<String, Object>();
    for (var day : days) {
      var next = LocalDate.parse(day).plusDays(1);
      byDay.put(day, sum(table, column, Expressions.and(
          Expressions.greaterThanOrEqual("timestamp", day + "T00:00:00+00:00"),
          Expressions.lessThan("timestamp", next + "T00:00:00+00:00"))));
    }
    var answer = new LinkedHashMap<String, Object>();
    answer.put("all", sum(table, column, Expressions.alwaysTrue()));
    answer.put("symbols", bySymbol);
    answer.put("days", byDay);
    return answer;
  }

  /** The sum as a text of the unscaled number; an empty field counts nothing. */
  List<String> sum(Table table, String column, Expression filter) throws IOException {
    long rows = 0;
    var sum = BigInteger.ZERO;
    try (CloseableIterable<Record> records = IcebergGenerics.read(table).where(filter).build()) {
      for (var record : records) {
        rows++;
        var value = record.getField(column);
        if (value instanceof BigDecimal decimal) sum = sum.add(decimal.unscaledValue());
        else if (value != null) sum = sum.add(BigInteger.valueOf(((Number) value).longValue()));
      }
    }
    return List.of(String.valueOf(rows), sum.toString());
  }

  /** A trade each for some symbols on a day, of a topic that K2's log does not have. */
  List<Record> rows(Table table, List<String> symbols, String day, String topic) {
    var records = new ArrayList<Record>();
    var at = LocalDate.parse(day).atTime(12, 0).atOffset(ZoneOffset.UTC);
    for (var symbol : symbols) {
      var record = GenericRecord.create(table.schema());
      for (var field : table.schema().columns()) {
        if (field.isRequired()) record.setField(field.name(), filler(field, symbol, at, topic, records.size()));
      }
      records.add(record);
    }
    return records;
  }

  Object filler(Types.NestedField field, String symbol, OffsetDateTime at, String topic, int number) {
    return switch (field.name()) {
      case "symbol" -> symbol;
      case "exchange" -> "ASX";
      case "kafka_topic" -> topic;
      case "kafka_offset", "platform_sequence" -> (long) number;
      default -> switch (field.type().typeId()) {
        case UUID -> UUID.randomUUID();
        case DECIMAL -> new BigDecimal("7.00000000");
        case TIMESTAMP -> at;
        case INTEGER -> 0;
        case LONG -> 0L;
        case BOOLEAN -> true;
        case LIST -> List.of();
        default -> "theirs";
      };
    };
  }

  List<DataFile> write(Table table, Iterable<Record> records) throws IOException {
    Schema schema = table.schema();
    var factory = new GenericAppenderFactory(schema, table.spec());
    var out = OutputFileFactory.builderFor(table, 1, System.nanoTime()).format(FileFormat.PARQUET).build();
    var writers = new HashMap<String, DataWriter<Record>>();
    for (var record : records) {
      var key = new PartitionKey(table.spec(), schema);
      key.partition(new InternalRecordWrapper(schema.asStruct()).wrap(record));
      var writer = writers.get(key.toPath());
      if (writer == null) {
        writer = factory.newDataWriter(out.newOutputFile(key), FileFormat.PARQUET, key);
        writers.put(key.toPath(), writer);
      }
      writer.write(record);
    }
    var files = new ArrayList<DataFile>();
    for (var writer : writers.values()) {
      writer.close();
      files.add(writer.toDataFile());
    }
    return files;
  }

  /** Every file's rows but the deleted ones into new files, those of a partition together. */
  void rewriteFiles(Table table) throws IOException {
    var rewrite = table.newRewrite().validateFromSnapshot(table.currentSnapshot().snapshotId());
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (var task : tasks) {
        rewrite.deleteFile(task.file());
        task.deletes().forEach(rewrite::deleteFile);
      }
    }
    var records = new ArrayList<Record>();
    try (CloseableIterable<Record> some = IcebergGenerics.read(table).build()) {
      some.forEach(record -> records.add(record.copy()));
    }
    write(table, records).forEach(rewrite::addFile);
    rewrite.commit();
  }

  /** The first row of the first file of a symbol, by a delete file that names its position. */
  void deleteRows(Table table, String symbol) throws IOException {
    var where = Expressions.equal("symbol", symbol);
    try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(where).planFiles()) {
      var file = tasks.iterator().next().file();
      StructLike partition = file.partition();
      var out = OutputFileFactory.builderFor(table, 1, System.nanoTime()).format(FileFormat.PARQUET).build();
      var factory = new GenericAppenderFactory(table.schema(), table.specs().get(file.specId()));
      var writer = factory.newPosDeleteWriter(out.newOutputFile(partition), FileFormat.PARQUET, partition);
      writer.write(PositionDelete.<Record>create().set(file.location(), 0, null));
      writer.close();
      table.newRowDelta().addDeletes(writer.toDeleteFile()).commit();
    }
  }
}
