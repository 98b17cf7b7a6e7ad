namespace Avion.Models.Tests;

/// <summary>The checker of ONNX's own library, from Debian's packages, as another reader of files: structure, operators, types and shapes.</summary>
internal static class OnnxChecker
{
    public const string Missing = "needs ONNX's checker: unpack Debian's packages python3-onnx, libonnx1, libprotobuf32 and python3-protobuf (dpkg-deb -x) "
        + "into a folder, name it in AVION_TEST_ONNX, and install python3-numpy";

    private const string Script = """
        import sys
        import onnx, onnx.checker
        for path in sys.argv[1:]:
            onnx.checker.check_model(path, full_check=True)
            model = onnx.load(path)
            print(model.ir_version, model.opset_import[0].version, sorted({node.domain for node in model.graph.node}))
        """;

    private static readonly string? s_folder = Environment.GetEnvironmentVariable("AVION_TEST_ONNX");

    public static async Task<bool> IsThereAsync() => s_folder is not null && (await RunAsync()).ExitCode == 0;

    /// <summary>Checks files; prints format, operator set and domains of each.</summary>
    public static Task<ProcessResult> RunAsync(params string[] paths) => ChildProcess.RunAsync("/usr/bin/python3", ["-c", Script, .. paths],
        environment: new Dictionary<string, string?>
        {
            ["PYTHONPATH"] = Path.Combine(s_folder!, "usr/lib/python3/dist-packages"),
            ["LD_LIBRARY_PATH"] = string.Join(':', Directory.GetDirectories(Path.Combine(s_folder!, "usr/lib"), "*-linux-gnu")),
        });
}
