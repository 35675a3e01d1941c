import org.codelibs.opensearch.runner.OpenSearchRunner;

/** Starts one OpenSearch node on loopback: FOLDER PORT. Its own main() fails without a word on recent Java. */
public class Start {
  public static void main(String[] args) throws Exception {
    OpenSearchRunner runner = new OpenSearchRunner();
    runner.onBuild((number, settings) -> settings.put("http.port", args[1]));
    runner.build(OpenSearchRunner.newConfigs().basePath(args[0]).numOfNode(1).clusterName("test").pluginTypes(""));
    runner.ensureYellow();
    System.out.println("the node listens"); // after a prefix: OpenSearch sends standard output through its log
    System.in.read(); // until whoever started it is gone
    System.exit(0);
  }
}
