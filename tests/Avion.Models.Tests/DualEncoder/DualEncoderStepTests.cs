namespace Avion.Models.Tests;

public sealed unsafe class DualEncoderStepTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(0.5f)]
    public void Gradients_match_finite_differences_in_double_precision(float? layerScale)
    {
        const double Step = 1e-5;
        using ReferenceDevice device = new();
        DualEncoderConfig config = SmallModel.Tiny;
        config = config with { Vision = config.Vision with { LayerScale = layerScale },
            Text = config.Text with { LayerScale = layerScale } };
        using DualEncoder model = DualEncoder.Create(config, device, seed: 1);
        using SmallModelStep step = new(model);
        step.ForwardBackward();
        Dictionary<string, double[]> gradients = model.Parameters.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => new ReadOnlySpan<double>((double*)parameter.Gradient.Data, (int)parameter.Shape.Count).ToArray());
        Random random = new(2);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            for (int site = 0; site < 3; site++)
            {
                int index = random.Next((int)parameter.Shape.Count);
                double* value = (double*)parameter.Value.Data + index;
                double original = *value;
                *value = original + Step;
                double above = step.Loss();
                *value = original - Step;
                double below = step.Loss();
                *value = original;
                double expected = (above - below) / (2 * Step), actual = gradients[parameter.Name][index];
                Assert.True(Math.Abs(actual - expected) <= 1e-8 + (1e-5 * Math.Abs(expected)),
                    $"{parameter.Name}[{index}]: gradient {actual}, finite difference {expected}");
            }
        }
    }

    [Fact]
    public void Float32_gradients_match_double_precision()
    {
        using CpuDevice cpu = new(2);
        using ReferenceDevice reference = new();
        float[][] expected = Gradients(reference, SmallModel.Config, _ => { });
        float[][] actual = Gradients(cpu, SmallModel.Config, _ => { });
        AssertClose(expected, actual, 1e-4);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(12, true)]
    [InlineData(20, false)]
    public void Tokens_that_fill_captions_up_change_nothing(int added, bool recomputes)
    {
        foreach (Device device in (Device[])[new ReferenceDevice(), new CpuDevice(2)])
        {
            using (device)
            {
                using DualEncoder model = DualEncoder.Create(SmallModel.Config, device, seed: 1);
                model.RecomputesBlocks = recomputes;
                using SmallModelStep step = new(model);
                double loss = step.Loss();
                float[][] expected = step.Gradients();
                step.AddedTokens = added;
                double tolerance = device is ReferenceDevice ? 1e-12 : 1e-6;
                Assert.Equal(loss, step.Loss(), tolerance * loss);
                AssertClose(expected, step.Gradients(), tolerance);
            }
        }
    }

    [Theory]
    [InlineData(VisionPooling.ClassToken, GeluKind.Quick, true)]
    [InlineData(VisionPooling.Mean, GeluKind.Erf, false)]
    public void Leaving_out_unread_rows_changes_nothing(VisionPooling pooling, GeluKind gelu, bool isCausal)
    {
        using ReferenceDevice device = new();
        DualEncoderConfig config = SmallModel.Tiny with
        {
            Vision = SmallModel.Tiny.Vision with { Pooling = pooling, Gelu = gelu },
            Text = SmallModel.Tiny.Text with { IsCausal = isCausal },
        };
        float[][] all = Gradients(device, config, model => model.SkipsUnreadRows = false);
        float[][] read = Gradients(device, config, model => model.SkipsUnreadRows = true);
        AssertClose(all, read, 1e-6);
    }

    [Fact]
    public void Padding_behind_a_caption_would_change_neither_what_is_read_nor_a_gradient()
    {
        const int Length = 5, Padded = 9;
        using ReferenceDevice device = new();
        float[][] packed = ReadAtEnd(device, Length, Length), padded = ReadAtEnd(device, Length, Padded);
        Assert.Contains(packed[^1], value => value != 0);
        AssertClose(packed, padded, 1e-6);
    }

    [Fact]
    public void Recomputing_blocks_gives_the_same_gradients_to_the_last_bit()
    {
        using CpuDevice device = new(2);
        float[][] kept = Gradients(device, SmallModel.Config, model => model.RecomputesBlocks = false);
        float[][] recomputed = Gradients(device, SmallModel.Config, model => model.RecomputesBlocks = true);
        Assert.Equal(kept, recomputed);
    }

    [Fact]
    public void Layer_scale_of_one_changes_nothing_and_has_the_published_names()
    {
        using CpuDevice device = new(2);
        DualEncoderConfig scaled = SmallModel.Config with { Vision = SmallModel.Config.Vision with { LayerScale = 1 } };
        using DualEncoder model = DualEncoder.Create(scaled, device, seed: 1),
            plain = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        using SmallModelStep step = new(model), plainStep = new(plain);
        Assert.Equal(plainStep.Loss(), step.Loss());
        Assert.Equal(plain.Parameters.Parameters.Count + 4, model.Parameters.Parameters.Count);
        Assert.Equal(new Shape(48), model.Parameters["visual.transformer.resblocks.1.ls_2.gamma"].Shape);
    }

    [Fact]
    public void Recomputing_blocks_takes_less_memory()
    {
        DualEncoderConfig deep = SmallModel.Config with { Vision = SmallModel.Config.Vision with { LayerCount = 8 } };
        Assert.True(PeakBytes(deep, recomputes: true) < 0.5 * PeakBytes(deep, recomputes: false));
    }

    [Fact]
    public void Recomputing_the_first_blocks_of_each_tower_comes_close_to_the_smallest_peak_of_all_choices()
    {
        const int VisionBlocks = 4, TextBlocks = 2;
        DualEncoderConfig config = SmallModel.Config with
        {
            Vision = SmallModel.Config.Vision with { LayerCount = VisionBlocks },
            Text = SmallModel.Config.Text with { LayerCount = TextBlocks },
        };
        using DualEncoder model = DualEncoder.Create(config, new PlanningDevice(), seed: 1);
        long[] anyBest = new long[VisionBlocks + TextBlocks + 1], firstBest = new long[VisionBlocks + TextBlocks + 1];
        Array.Fill(anyBest, long.MaxValue);
        Array.Fill(firstBest, long.MaxValue);
        for (int choice = 0; choice < 1 << (VisionBlocks + TextBlocks); choice++)
        {
            for (int block = 0; block < VisionBlocks + TextBlocks; block++)
            {
                bool recomputed = ((choice >> block) & 1) == 1;
                (block < VisionBlocks
                    ? model.BlockStacks[0].Recomputed
                    : model.BlockStacks[1].Recomputed)[block % VisionBlocks] = recomputed;
            }

            int count = model.BlockStacks.Sum(stack => stack.RecomputedCount);
            bool areFirst = model.BlockStacks.All(stack => !stack.Recomputed[stack.RecomputedCount..].Contains(true));
            using SmallModelStep step = new(model);
            step.ForwardBackward();
            anyBest[count] = Math.Min(anyBest[count], step.Tape.Arena.PeakBytes);
            firstBest[count] = areFirst ? Math.Min(firstBest[count], step.Tape.Arena.PeakBytes) : firstBest[count];
        }

        Assert.All(anyBest.Zip(firstBest), pair => Assert.InRange(pair.Second, pair.First, pair.First * 21 / 20));
    }

    [Fact]
    public void A_block_keeps_ten_numbers_a_token_and_column()
    {
        // Queries, keys, values; heads; the stream behind attention and behind the MLP; the MLP's four before GELU.
        const int Kept = 3 + 1 + 2 + 4;
        using PlanningDevice device = new();
        long PerBlock(int layers)
        {
            DualEncoderConfig config = DualEncoderPresets.Get("ViT-B/16", 4);
            using DualEncoder model =
                DualEncoder.Create(config with { Vision = config.Vision with { LayerCount = layers } }, device, seed: 1);
            using Tape tape = new(device);
            model.EncodeVideo(tape, tape.Allocate(new Shape(2, 4, 3, 224, 224), ElementType.UInt8));
            return tape.Arena.UsedBytes;
        }

        double tokens = 2 * 785, numbers = (PerBlock(4) - PerBlock(3)) / (double)sizeof(float) / tokens / 768;
        Assert.InRange(numbers, Kept, Kept + 0.05);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        using CpuDevice one = new(1), three = new(3);
        Assert.Equal(Gradients(one, SmallModel.Config, _ => { }), Gradients(three, SmallModel.Config, _ => { }));
    }

    [Fact]
    public void Flash_and_plain_names_are_the_same_model()
    {
        using ReferenceDevice device = new();
        using DualEncoder flash = DualEncoder.Create(SmallModel.Tiny, device, seed: 1);
        using DualEncoder plain = DualEncoder.Create(
            SmallModel.Tiny with { Naming = ParameterNaming.Plain, PatchProjection = PatchProjectionLayout.Convolution }, device, seed: 2);
        for (int i = 0; i < flash.Parameters.Parameters.Count; i++)
        {
            device.Copy(flash.Parameters.Parameters[i].Value, plain.Parameters.Parameters[i].Value);
        }

        using SmallModelStep first = new(flash), second = new(plain);
        Assert.Equal(first.Gradients(), second.Gradients());
    }

    [Fact]
    public void A_warm_step_allocates_no_managed_memory()
    {
        using CpuDevice device = new(2);
        using DualEncoder model = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        using SmallModelStep step = new(model);
        foreach (bool recomputes in (bool[])[false, true])
        {
            model.RecomputesBlocks = recomputes;
            for (int warm = 0; warm < 3; warm++)
            {
                step.ForwardBackward();
            }

            int slabs = step.Tape.Arena.SlabCount;
            long before = GC.GetAllocatedBytesForCurrentThread();
            step.ForwardBackward();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(slabs, step.Tape.Arena.SlabCount);
        }
    }

    [Fact]
    public void A_frozen_tower_gets_no_gradient_and_the_other_keeps_its_own()
    {
        using ReferenceDevice device = new();
        float[][] all = Gradients(device, SmallModel.Tiny, _ => { });
        string[] names = [];
        float[][] some = Gradients(device, SmallModel.Tiny, model =>
        {
            names = [.. model.Parameters.Parameters.Select(parameter => parameter.Name)];
            foreach (Parameter parameter in model.Parameters.Parameters.Where(item =>
                item.Name.StartsWith("visual.", StringComparison.Ordinal)))
            {
                parameter.IsFrozen = true;
            }
        });
        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal(names[i].StartsWith("visual.", StringComparison.Ordinal) ? new float[all[i].Length] : all[i], some[i]);
        }
    }

    [Fact]
    public void Clips_of_another_size_and_captions_that_are_too_long_are_refused()
    {
        using ReferenceDevice device = new();
        using DualEncoder model = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        using Tape tape = new(device);
        Tensor wrong = tape.Allocate(new Shape(1, 3, 3, 32, 32), ElementType.UInt8);
        Assert.Contains("expected [clips, 4, 3, 32, 32]", Assert.Throws<ArgumentException>(() => model.EncodeVideo(tape, wrong)).Message,
            StringComparison.Ordinal);
        using SequenceTable captions = new(device);
        SequenceOffsets tooLong = captions.Set([0, 13]);
        Tensor ids = tape.Allocate(new Shape(13), ElementType.Int32);
        Assert.Contains("13 tokens; the model reads 12",
            Assert.Throws<ArgumentException>(() => model.EncodeText(tape, ids, tooLong)).Message, StringComparison.Ordinal);
    }

    /// <summary>Row <paramref name="end"/> - 1 after causal blocks over a caption of so many rows, and the gradients of its sum.</summary>
    private static float[][] ReadAtEnd(Device device, int end, int length)
    {
        const int Width = 8, MostRows = 9;
        using ParameterStore store = new();
        ParameterDeclarations declare = new(store);
        using Transformer blocks = new(declare, "blocks.", BlockNames.Clip, layerCount: 3,
            new BlockOptions(Width, HeadCount: 2, GeluKind.Quick, LayerNormEpsilon: 1e-5f, IsCausal: true),
            BlockInitialization.ByWidth(Width, 3));
        Parameter rows = declare.Add("rows", new Shape(MostRows, Width), InitialValue.Normal(1));
        store.Allocate(device);
        declare.Initialize(device, seed: 1);
        using Tape tape = new(device);
        using SequenceTable sequences = new(device);
        Tensor numbers = tape.Allocate(new Shape(length), ElementType.Int32), last = tape.Allocate(new Shape(1), ElementType.Int32);
        device.Upload([.. Enumerable.Range(0, length)], numbers);
        device.Upload((ReadOnlySpan<int>)[end - 1], last);
        Tensor read = tape.GatherRows(blocks.Forward(tape, tape.Embed(rows, numbers), sequences.Set([0, length])), last);
        float[] result = new float[Width];
        device.Download(read, result);
        Tensor ones = tape.Allocate(read.Shape);
        device.Upload((ReadOnlySpan<float>)[.. Enumerable.Range(1, Width).Select(i => (float)i)], ones);
        tape.SeedGradient(read, ones);
        tape.BackwardFromSeeds();
        return
        [
            result, .. store.Parameters.Select(parameter =>
            {
                float[] gradient = new float[parameter.Shape.Count];
                device.Download(parameter.Gradient, gradient);
                return gradient;
            }),
        ];
    }

    private static float[][] Gradients(Device device, DualEncoderConfig config, Action<DualEncoder> arrange)
    {
        using DualEncoder model = DualEncoder.Create(config, device, seed: 1);
        arrange(model);
        using SmallModelStep step = new(model);
        return step.Gradients();
    }

    private static long PeakBytes(DualEncoderConfig config, bool recomputes)
    {
        using DualEncoder model = DualEncoder.Create(config, new PlanningDevice(), seed: 1);
        model.RecomputesBlocks = recomputes;
        using SmallModelStep step = new(model);
        step.ForwardBackward();
        return step.Tape.Arena.PeakBytes;
    }

    private static void AssertClose(float[][] expected, float[][] actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double norm = Math.Sqrt(expected[i].Sum(value => (double)value * value));
            double difference = Math.Sqrt(expected[i].Zip(actual[i]).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
            Assert.True(difference <= tolerance * norm, $"parameter {i}: difference {difference}, norm {norm}");
        }
    }
}
