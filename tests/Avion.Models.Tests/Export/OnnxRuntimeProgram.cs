using Microsoft.ML.OnnxRuntime;

namespace Avion.Models.Tests;

/// <summary>A graph in ONNX Runtime on the processor: another reader of the file, and other arithmetic.</summary>
internal sealed class OnnxRuntimeProgram : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxRuntimeProgram(string path)
    {
        using SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(path, options);
    }

    /// <summary>Texts that the file carries.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Shapes and types of inputs and outputs, such as <c>pixels Byte [-1, 4, 3, 32, 32]</c>.</summary>
    public IEnumerable<string> Descriptions => _session.InputMetadata.Concat(_session.OutputMetadata)
        .Select(value => $"{value.Key} {value.Value.ElementDataType} [{string.Join(", ", value.Value.Dimensions)}]");

    /// <summary>Runs the graph.</summary>
    /// <returns>Each output, by its name.</returns>
    public Dictionary<string, float[]> Run<T>(string input, T[] values, params long[] shape) where T : unmanaged
    {
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(values, shape);
        using Microsoft.ML.OnnxRuntime.RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, [input], [given], _session.OutputNames);
        return _session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    public void Dispose() => _session.Dispose();
}
