namespace Avion.Models;

// Legend: B clips or captions, N tokens of one of them, D width, H heads.

/// <summary>The layers that Avion's models are made of, as operations of ONNX over tokens [B, N, D].</summary>
internal sealed class OnnxLayers
{
    private readonly WeightSet _weights;
    private readonly string _path;

    /// <summary>Adds to a graph, with weights under Avion's own names.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="path">The file that they come from, for messages.</param>
    public OnnxLayers(OnnxGraph graph, WeightSet weights, string path) => (Graph, _weights, _path) = (graph, weights, path);

    public OnnxGraph Graph { get; }

    /// <summary>A weight of the file.</summary>
    /// <exception cref="CheckpointException">There is none of that name.</exception>
    public WeightTensor Weight(string name) => _weights.Find(name) ?? throw new CheckpointException(_path, $"it has no tensor '{name}'");

    /// <summary>A weight as a constant of its own shape.</summary>
    public string Constant(string name)
    {
        WeightTensor weight = Weight(name);
        return Graph.Constant(OnnxTensor.Of(name, weight, weight.Entry.Extents.ToArray()));
    }

    /// <summary>x Wᵀ + b.</summary>
    public string Linear(string x, string weight, string bias)
    {
        string product = Graph.Apply("MatMul", [x, Graph.Constant(OnnxTensor.Transposed(weight, Weight(weight)))]);
        return Graph.Apply("Add", [product, Constant(bias)]);
    }

    /// <summary>Layer normalization over the columns.</summary>
    public string Normalize(string x, string name, float epsilon) => Graph.Apply("LayerNormalization",
        [x, Constant(name + ".weight"), Constant(name + ".bias")], OnnxAttribute.Of("axis", -1), OnnxAttribute.Of("epsilon", epsilon));

    /// <summary>Bytes of pixels to (pixel - mean) / deviation; the channel is the third axis from the end.</summary>
    public string Pixels(string bytes, PixelNormalization normalization)
    {
        string mean = Graph.Constant(OnnxTensor.Of("pixel_mean", [.. normalization.Mean], 3, 1, 1));
        string deviation = Graph.Constant(OnnxTensor.Of("pixel_deviation", [.. normalization.Deviation], 3, 1, 1));
        string numbers = Graph.Apply("Cast", [bytes], OnnxAttribute.Of("to", (long)OnnxType.Float));
        return Graph.Apply("Div", [Graph.Apply("Sub", [numbers, mean]), deviation]);
    }

    /// <summary>Rows to the joint space and to length 1: x P / max(|x P|, 1e-12).</summary>
    public string ProjectToUnit(string x, string projection)
    {
        const float SmallestNorm = 1e-12f;
        string projected = Graph.Apply("MatMul", [x, Constant(projection)]);
        string norm = Graph.Apply("ReduceL2", [projected], OnnxAttribute.Of("axes", [-1]), OnnxAttribute.Of("keepdims", 1));
        return Graph.Apply("Div", [projected, Graph.Apply("Max", [norm, Graph.Number(SmallestNorm)])]);
    }

    /// <summary>All blocks of a transformer.</summary>
    /// <param name="x">[B, N, D].</param>
    /// <param name="prefix">What stands before a block's number.</param>
    /// <param name="names">The family's names.</param>
    /// <param name="layerCount">Number of blocks.</param>
    /// <param name="options">Sizes and choices.</param>
    /// <param name="mask">Added to the scores before the softmax; null for none.</param>
    public string Blocks(string x, string prefix, BlockNames names, int layerCount, BlockOptions options, string? mask = null)
    {
        for (int layer = 0; layer < layerCount; layer++)
        {
            Graph.Scope = $"{prefix}{layer}";
            string block = $"{prefix}{layer}.";
            string attended = Attention(Normalize(x, block + names.AttentionNorm, options.LayerNormEpsilon), block, names, options, mask);
            x = Graph.Apply("Add", [x, Scaled(attended, block + names.AttentionScale, options)]);
            string inner = LinearOf(block + names.MlpIn, Normalize(x, block + names.MlpNorm, options.LayerNormEpsilon));
            string outer = LinearOf(block + names.MlpOut, Gelu(inner, options.Gelu));
            x = Graph.Apply("Add", [x, Scaled(outer, block + names.MlpScale, options)]);
        }

        Graph.Scope = "";
        return x;
    }

    private string Attention(string x, string block, BlockNames names, BlockOptions options, string? mask)
    {
        int heads = options.HeadCount, size = options.Width / heads;
        string bias = names.QkvBias ?? throw new InvalidOperationException("Weights under Avion's own names have fused biases.");
        string[] parts = Graph.Apply("Split", 3, [Linear(x, block + names.QkvWeight, block + bias)], OnnxAttribute.Of("axis", -1));
        string query = Heads(parts[0], 0, 2, 1, 3), key = Heads(parts[1], 0, 2, 3, 1), value = Heads(parts[2], 0, 2, 1, 3);
        string scaled = Graph.Apply("Mul", [query, Graph.Number((float)(1 / Math.Sqrt(size)))]);
        string scores = Graph.Apply("MatMul", [scaled, key]);
        scores = mask is null ? scores : Graph.Apply("Add", [scores, mask]);
        string shares = Graph.Apply("Softmax", [scores], OnnxAttribute.Of("axis", -1));
        string together = Graph.Apply("Transpose", [Graph.Apply("MatMul", [shares, value])], OnnxAttribute.Of("perm", 0, 2, 1, 3));
        return LinearOf(block + names.AttentionOutput, Graph.Apply("Reshape", [together, Graph.Integers(0, 0, options.Width)]));

        string Heads(string part, params long[] order) => Graph.Apply("Transpose",
            [Graph.Apply("Reshape", [part, Graph.Integers(0, 0, heads, size)])], OnnxAttribute.Of("perm", order));
    }

    private string LinearOf(string name, string x) => Linear(x, name + ".weight", name + ".bias");

    private string Scaled(string x, string scale, BlockOptions options) =>
        options.LayerScale is null ? x : Graph.Apply("Mul", [x, Constant(scale)]);

    private string Gelu(string x, GeluKind kind)
    {
        if (kind == GeluKind.Erf)
        {
            string erf = Graph.Apply("Erf", [Graph.Apply("Div", [x, Graph.Number((float)Math.Sqrt(2))])]);
            string twice = Graph.Apply("Mul", [x, Graph.Apply("Add", [erf, Graph.Number(1)])]);
            return Graph.Apply("Mul", [twice, Graph.Number(0.5f)]);
        }

        string argument = kind == GeluKind.Quick ? Graph.Apply("Mul", [x, Graph.Number(1.702f)]) : TanhArgument(x);
        return Graph.Apply("Mul", [x, Graph.Apply("Sigmoid", [argument])]);
    }

    /// <summary>2 √(2/π) (x + 0.044715 x³), whose sigmoid is ½ (1 + tanh) of half of it.</summary>
    private string TanhArgument(string x)
    {
        double factor = 2 * Math.Sqrt(2 / Math.PI);
        string square = Graph.Apply("Mul", [x, x]);
        string sum = Graph.Apply("Add", [Graph.Apply("Mul", [square, Graph.Number((float)(factor * 0.044715))]),
            Graph.Number((float)factor)]);
        return Graph.Apply("Mul", [x, sum]);
    }
}
