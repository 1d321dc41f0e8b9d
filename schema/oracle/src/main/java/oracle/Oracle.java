package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;

/**
 * Answers one JSON line for each JSON line of input:
 *
 * <ul>
 *   <li>{"mode":"parse","text":..,"references":[..],"strict":bool}: {"canonical":..,"resolved":..} or {"error":..}
 *   <li>{"mode":"pair","a":..,"b":..,"data_a_reads_b":bool,"data_b_reads_a":bool,"seed":n,"records":n}: the canonical
 *       texts of a and b, or a_error and b_error; verdicts and findings both ways; and, where asked for, whether values
 *       written under the one schema are read under the other
 * </ul>
 */
public final class Oracle {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Oracle() {}

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(MAPPER.writeValueAsString(answer(MAPPER.readTree(line))));
      out.flush();
    }
  }

  private static ObjectNode answer(JsonNode question) {
    ObjectNode answer = MAPPER.createObjectNode();
    try {
      switch (question.get("mode").textValue()) {
        case "parse" -> parse(question, answer);
        case "pair" -> pair(question, answer);
        default -> answer.put("error", "unknown mode");
      }
    } catch (Exception | StackOverflowError failure) {
      answer.removeAll();
      answer.put("error", String.valueOf(failure));
    }
    return answer;
  }

  private static Schema.Parser parser(boolean strict) {
    return new Schema.Parser(strict ? NameValidator.STRICT_VALIDATOR : NameValidator.NO_VALIDATION)
        .setValidateDefaults(strict);
  }

  /** As Confluent's registry does: names of the referenced schemas are known to the canonical text. */
  private static void parse(JsonNode question, ObjectNode answer) {
    boolean strict = question.get("strict").booleanValue();
    Schema.Parser parser = parser(strict);
    List<Schema> references = new ArrayList<>();
    for (JsonNode reference : question.get("references")) {
      references.add(parser.parse(reference.textValue()));
    }
    Schema schema = parser.parse(question.get("text").textValue());
    answer.put("canonical", canonical(schema, references));
    answer.put("resolved", schema.toString());
  }

  @SuppressWarnings("deprecation")
  private static String canonical(Schema schema, List<Schema> references) {
    return schema.toString(references, false);
  }

  /** Both ways: can a read b, and b read a; and do values that one side wrote come through. */
  private static void pair(JsonNode question, ObjectNode answer) {
    Schema a = side(question, "a", answer);
    Schema b = side(question, "b", answer);
    if (a == null || b == null) {
      return;
    }
    answer.set("a_reads_b", compare(a, b));
    answer.set("b_reads_a", compare(b, a));
    long seed = question.get("seed").longValue();
    int records = question.get("records").intValue();
    if (question.get("data_a_reads_b").booleanValue()) {
      answer.put("data_a_reads_b", data(a, b, seed, records));
    }
    if (question.get("data_b_reads_a").booleanValue()) {
      answer.put("data_b_reads_a", data(b, a, seed, records));
    }
  }

  private static Schema side(JsonNode question, String name, ObjectNode answer) {
    try {
      Schema schema = parser(true).parse(question.get(name).textValue());
      answer.put(name, schema.toString());
      return schema;
    } catch (RuntimeException | StackOverflowError failure) {
      answer.put(name + "_error", String.valueOf(failure));
      return null;
    }
  }

  private static ObjectNode compare(Schema reader, Schema writer) {
    ObjectNode answer = MAPPER.createObjectNode();
    SchemaCompatibility.SchemaCompatibilityResult result;
    try {
      result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
    } catch (RuntimeException failure) {
      answer.put("compatible", false);
      answer.put("exception", String.valueOf(failure.getMessage()));
      return answer;
    }
    answer.put("compatible", result.getIncompatibilities().isEmpty());
    ArrayNode findings = answer.putArray("findings");
    for (SchemaCompatibility.Incompatibility found : result.getIncompatibilities()) {
      ObjectNode finding = findings.addObject();
      finding.put("type", found.getType().name());
      finding.put("path", found.getLocation());
      finding.put("detail", found.getMessage());
    }
    return answer;
  }

  /** "read", "endless" if the writer has no finite value, or why reading failed. */
  private static String data(Schema reader, Schema writer, long seed, int records) {
    try {
      RandomData random = new RandomData(seed);
      for (int record = 0; record < records; record++) {
        random.roundTrip(writer, reader);
      }
      return "read";
    } catch (RandomData.Endless endless) {
      return "endless";
    } catch (Exception | StackOverflowError failure) {
      return String.valueOf(failure);
    }
  }
}
