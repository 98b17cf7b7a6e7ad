namespace Avion.CudaSimulator.Tests;

/// <summary>Shapes of blocks: the table, and that none of them changes a result.</summary>
public sealed class CudaTileTests
{
    [Theory]
    [InlineData("Attention", "B=3 longest=150 H=1 K=64 causal=0 even=0")]
    [InlineData("Attention", "B=3 longest=150 H=1 K=64 causal=1 even=0")]
    [InlineData("LayerNorm", "N=13 D=96")]
    [InlineData("LayerNorm/Sum", "N=13 D=33")]
    [InlineData("Add", "n=20011")]
    public void Every_shape_gives_the_same_bits(string operation, string size)
    {
        OpCase opCase = OpCaseList.Find(operation);
        OpSize chosen = OpSize.Of([.. size.Split(' ').Select(part => part.Split('=')).Select(part => (part[0], int.Parse(part[1])))]);
        string name = operation == "Attention" ? "PackedAttention" : opCase.Name.Split('/')[0];
        double[][] expected = Results(opCase, chosen, new CudaTiles());
        int compared = 0;
        foreach (CudaTile tile in CudaTile.All.Where(tile => tile.Operations.Any(each => each.StartsWith(name, StringComparison.Ordinal))))
        {
            foreach (int value in tile.Candidates.Where(value => value != tile.Get(new CudaTiles())))
            {
                double[][] actual = Results(opCase, chosen, tile.Set(new CudaTiles(), value));
                Assert.Equal(expected.Length, actual.Length);
                Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second));
                compared++;
            }
        }

        Assert.InRange(compared, 1, 4);
    }

    [Fact]
    public void A_taller_block_is_another_kernel_without_bank_conflicts()
    {
        OpCase attention = OpCaseList.Find("Attention");
        OpSize size = OpSize.Of(("B", 1), ("longest", 140), ("H", 1), ("K", 64), ("causal", 0), ("even", 1));
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver) { Tiles = new CudaTiles { AttentionForwardRows = 128, AttentionBackwardRows = 128 } };
        Assert.Null(AccuracyChecks.Forward(attention, size, device, OpTolerance.BFloat16).Failure);
        Assert.Null(AccuracyChecks.Backward(attention, size, device, OpTolerance.BFloat16).Failure);
        foreach (string kernel in (string[])["forward_64_128", "backward_queries_64_128", "backward_keys_64_128"])
        {
            KernelStatistics statistics = gpu.Simulated.Statistics[$"attention_{kernel}_bf16"];
            Assert.Equal(0, statistics.BankConflicts);

            // 256 threads of a block share 65,536 registers.
            Assert.InRange(statistics.EstimatedRegisters, 64, 255);
        }
    }

    [Fact]
    public void A_capability_has_the_shapes_of_the_next_lower_one_in_the_table()
    {
        string path = Path.Combine(Path.GetTempPath(), $"avion-tiles-{Guid.NewGuid()}.json");
        Environment.SetEnvironmentVariable(CudaTileTable.Variable, path);
        try
        {
            CudaTiles builtIn = CudaTileTable.Of(80);
            CudaTileTable.Write(path, 86, new CudaTiles { LayerNormRows = 4 });
            CudaTileTable.Write(path, 90, new CudaTiles { AttentionForwardRows = 128 });
            Assert.Equal(builtIn, CudaTileTable.Of(80));
            Assert.Equal(4, CudaTileTable.Of(89).LayerNormRows);
            Assert.Equal((8, 128), (CudaTileTable.Of(120).LayerNormRows, CudaTileTable.Of(120).AttentionForwardRows));
        }
        finally
        {
            Environment.SetEnvironmentVariable(CudaTileTable.Variable, null);
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("""{"8.0": {"layer_norm_rows": 3}}""", "8.0: layer_norm_rows is 3, expected one of 2, 4, 8")]
    [InlineData("""{"8.0": {"layer_norm_rows": "many"}}""", "layer_norm_rows is many, expected one of")]
    [InlineData("""{"8.0": {"rows": 8}}""", "there is no shape 'rows', expected one of attention_forward_rows")]
    [InlineData("""{"new": {}}""", "'new' is no compute capability")]
    [InlineData("""[1]""", "is no table of shapes")]
    [InlineData("""{"8.0": """, "is no table of shapes")]
    public void A_table_that_says_what_cannot_be_is_refused_with_its_name(string text, string sentence)
    {
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => CudaTileTable.Read(Encoding.UTF8.GetBytes(text), "tiles.json"));
        Assert.StartsWith("tiles.json", refused.Message);
        Assert.Contains(sentence, refused.Message);
    }

    private static double[][] Results(OpCase opCase, OpSize size, CudaTiles tiles)
    {
        using SimulatedGpu gpu = new() { Simulated = { CollectsStatistics = false } };
        using CudaDevice device = new(gpu.Driver) { Tiles = tiles };
        using OpSession session = new(opCase, size, device, roundsInputs: true);
        session.Forward();
        session.ForwardBackward();
        return [.. session.Outputs, session.Gradients()];
    }
}
