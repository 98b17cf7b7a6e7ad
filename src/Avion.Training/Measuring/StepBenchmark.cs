using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Avion.Compute;
using Avion.Models;
using Avion.Training.Optimizers;
using Avion.Training.Planning;
using Avion.Training.Recipes;

namespace Avion.Training.Measuring;

/// <summary>Times the training step of a recipe on made-up clips, beside the machine's ceiling: its rate on one large matrix product.</summary>
/// <remarks>
/// Steps and products alternate in one run, so that both see the same machine. The clips are noise, for the time of a step does
/// not depend on what they show; captions have a stated number of tokens.
/// </remarks>
public sealed unsafe class StepBenchmark : IDisposable
{
    private const int PeakSize = 1536;
    private const int WarmSteps = 2;

    private readonly Recipe _recipe;
    private readonly MemoryPlan _memory;
    private readonly CpuDevice _device;
    private readonly DualEncoder _model;
    private readonly Optimizer _optimizer;
    private readonly Tape _tape;
    private readonly int _captionTokens;
    private readonly long _pixelBytes;
    private readonly byte* _pixels;
    private readonly int* _ids;
    private readonly int* _offsets;

    /// <summary>Builds the model of a recipe.</summary>
    /// <param name="recipe">Which model, batch size and optimizer.</param>
    /// <param name="captionTokens">Tokens of every caption, at most the context length.</param>
    /// <param name="threads">Compute threads; 0 for one per processor.</param>
    public StepBenchmark(Recipe recipe, int captionTokens = 16, int threads = 0)
    {
        _recipe = recipe;
        _captionTokens = Math.Min(captionTokens, recipe.Model.Text.ContextLength);
        _memory = MemoryBudget.Choose(recipe, threads, evaluates: false);
        _device = new CpuDevice(threads);
        _model = Create(_device);
        _optimizer = Optimizer.Create(recipe.Optimizer, _model.Parameters, _device);
        PlannedBytes = Plan();
        _tape = new Tape(_device, PlannedBytes);
        int batch = recipe.Train.BatchSize;
        _pixelBytes = (long)batch * recipe.Model.Vision.Frames * 3 * recipe.Model.Vision.ImageSize * recipe.Model.Vision.ImageSize;
        _pixels = (byte*)NativeMemory.Alloc((nuint)_pixelBytes);
        _ids = (int*)NativeMemory.Alloc((nuint)(batch * _captionTokens * sizeof(int)));
        _offsets = (int*)NativeMemory.Alloc((nuint)((batch + 1) * sizeof(int)));
        FillInputs();
    }

    /// <summary>Step-scoped memory found by planning.</summary>
    public long PlannedBytes { get; }

    /// <summary>Runs steps and products in turn.</summary>
    /// <param name="steps">Measured steps, after two that warm up.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public StepBenchmarkResult Run(int steps = 10, CancellationToken cancellation = default)
    {
        using MatrixPeak peak = new(_device, PeakSize);
        List<double> milliseconds = [], peaks = [];
        long allocated = 0;
        for (int step = -WarmSteps; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            _device.ResetCounters();
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            Step(_tape, _model, _optimizer);
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            long flops = _device.FlopCount;
            double rate = peak.Measure();
            if (step >= 0)
            {
                milliseconds.Add(elapsed);
                peaks.Add(rate);
                allocated += bytes;
                StepFlops = flops;
            }
        }

        return new StepBenchmarkResult(_device.Name, _model.Parameters.ValueCount, _recipe.Train.BatchSize, Median(milliseconds),
            StepFlops / 1e9, Median(peaks), PlannedBytes, _tape.Arena.PeakBytes, (double)allocated / steps);
    }

    /// <summary>Runs two steps to warm up, then traces some, and measures what the machine reaches.</summary>
    public (OperationTrace Trace, MachineCeilings Ceilings) Trace(int steps)
    {
        OperationTrace trace = new();
        for (int step = -WarmSteps; step < steps; step++)
        {
            _device.Trace = step >= 0 ? trace : null;
            using PhaseScope phase = _device.Phase("step");
            Step(_tape, _model, _optimizer);
        }

        _device.Trace = null;
        return (trace, MachineCeilings.Measure(_device));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.Free(_pixels);
        NativeMemory.Free(_ids);
        NativeMemory.Free(_offsets);
        _tape.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    private long StepFlops { get; set; }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private DualEncoder Create(Device device)
    {
        DualEncoder model = DualEncoder.Create(
            ModelSetup.ConfigOf(_recipe.Model, _recipe.Model.Text.VocabularySize), device, _recipe.Train.Seed);
        _memory.ApplyTo(model);
        return model;
    }

    private void FillInputs()
    {
        CounterRandom random = CounterRandom.For(0, "step benchmark");
        for (long i = 0; i < _pixelBytes; i++)
        {
            _pixels[i] = (byte)random.NextUInt32();
        }

        // The last token of the vocabulary ends a text; it may stand nowhere else.
        int end = _recipe.Model.Text.VocabularySize - 1;
        for (int b = 0; b < _recipe.Train.BatchSize; b++)
        {
            _offsets[b] = b * _captionTokens;
            for (int token = 0; token < _captionTokens; token++)
            {
                _ids[(b * _captionTokens) + token] = token == _captionTokens - 1 ? end : random.Next(end);
            }
        }

        _offsets[_recipe.Train.BatchSize] = _recipe.Train.BatchSize * _captionTokens;
    }

    private void Step(Tape tape, DualEncoder model, Optimizer? optimizer)
    {
        int batch = _recipe.Train.BatchSize;
        VisionRecipe vision = _recipe.Model.Vision;
        tape.Reset();
        model.Parameters.ClearGradients();
        Tensor pixels = Tensor.Wrap((nint)_pixels, new Shape(batch, vision.Frames, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        Tensor video = model.EncodeVideo(tape, pixels);
        Tensor text = model.EncodeText(
            tape, Tensor.Wrap((nint)_ids, new Shape(batch * _captionTokens), ElementType.Int32), new SequenceOffsets(_offsets, batch));
        Tensor loss = tape.ContrastiveLoss(video, text, model.LogitScale, out _);
        tape.Backward(loss);
        if (optimizer is not null)
        {
            double norm = GradientClipping.Norm(model.Parameters, tape.Device);
            optimizer.Step(_recipe.Optimizer.LearningRate * 1e-3, double.IsFinite(norm) ? 1 : 0);
        }
    }

    /// <summary>The same step on a device that computes nothing.</summary>
    private long Plan()
    {
        using PlanningDevice planning = new();
        using DualEncoder model = Create(planning);
        using Tape tape = new(planning);
        int batch = _recipe.Train.BatchSize;
        int* offsets = stackalloc int[batch + 1];
        for (int b = 0; b <= batch; b++)
        {
            offsets[b] = b * _captionTokens;
        }

        VisionRecipe vision = _recipe.Model.Vision;
        Tensor pixels = Tensor.Wrap(1, new Shape(batch, vision.Frames, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        Tensor video = model.EncodeVideo(tape, pixels);
        Tensor text = model.EncodeText(
            tape, Tensor.Wrap(1, new Shape(batch * _captionTokens), ElementType.Int32), new SequenceOffsets(offsets, batch));
        tape.Backward(tape.ContrastiveLoss(video, text, model.LogitScale, out _));
        return tape.Arena.PeakBytes;
    }
}
