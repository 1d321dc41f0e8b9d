package oracle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Random values of a schema, written under it and read under another. */
final class RandomData {
  private static final int DEEP = 6;
  private final Random random;

  RandomData(long seed) {
    random = new Random(seed);
  }

  void roundTrip(Schema writer, Schema reader) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(writer).write(value(writer, 0), encoder);
    encoder.flush();
    new GenericDatumReader<>(writer, reader)
        .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
  }

  private Object value(Schema schema, int depth) {
    if (depth > 200) {
      throw new Endless();
    }
    return switch (schema.getType()) {
      case NULL -> null;
      case BOOLEAN -> random.nextBoolean();
      case INT -> random.nextInt();
      case LONG -> random.nextLong();
      case FLOAT -> random.nextFloat();
      case DOUBLE -> random.nextDouble();
      case STRING -> Integer.toString(random.nextInt(), 36);
      case BYTES -> ByteBuffer.wrap(Integer.toString(random.nextInt(), 36).getBytes());
      case FIXED -> new GenericData.Fixed(schema, new byte[schema.getFixedSize()]);
      case ENUM -> new GenericData.EnumSymbol(schema, pick(schema.getEnumSymbols()));
      case ARRAY -> {
        List<Object> items = new ArrayList<>();
        for (int count = count(depth); count > 0; count--) {
          items.add(value(schema.getElementType(), depth + 1));
        }
        yield items;
      }
      case MAP -> {
        Map<String, Object> entries = new HashMap<>();
        for (int count = count(depth); count > 0; count--) {
          entries.put("k" + count, value(schema.getValueType(), depth + 1));
        }
        yield entries;
      }
      case UNION -> branch(schema, depth);
      case RECORD -> {
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          record.put(field.pos(), value(field.schema(), depth + 1));
        }
        yield record;
      }
    };
  }

  /** Deep down, the null branch if there is one, so that recursive values end. */
  private Object branch(Schema union, int depth) {
    if (depth > DEEP) {
      for (Schema branch : union.getTypes()) {
        if (branch.getType() == Schema.Type.NULL) {
          return null;
        }
      }
    }
    return value(pick(union.getTypes()), depth + 1);
  }

  private int count(int depth) {
    return depth > DEEP ? 0 : random.nextInt(3);
  }

  private <T> T pick(List<T> all) {
    if (all.isEmpty()) {
      throw new Endless();
    }
    return all.get(random.nextInt(all.size()));
  }

  /** A schema without a finite value. */
  static final class Endless extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
