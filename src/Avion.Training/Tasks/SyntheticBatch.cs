using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Made-up clips on a device: noise, with captions and labels drawn at random; shapes alone on a device that plans.</summary>
public sealed unsafe class SyntheticBatch : IDisposable
{
    private readonly byte* _pixels;
    private readonly int* _ids, _offsets, _labels;
    private readonly Tape _memory;
    private readonly CaptionTable _captions;

    /// <summary>Makes a batch.</summary>
    /// <param name="device">Where it lies.</param>
    /// <param name="form">Sizes of the clips.</param>
    /// <param name="clips">B.</param>
    /// <param name="captionTokens">Tokens of every caption, at most the context length; 0 for all of it.</param>
    /// <param name="vocabularySize">Tokens there are, of which the last ends a text.</param>
    /// <param name="classCount">Classes of every label.</param>
    public SyntheticBatch(Device device, ClipForm form, int clips, int captionTokens = 0, int vocabularySize = 0, int classCount = 0)
    {
        _memory = new Tape(device);
        _captions = new CaptionTable(device, form.ContextLength);
        bool isPlanned = device is PlanningDevice;
        int length = captionTokens == 0 ? form.ContextLength : Math.Min(captionTokens, form.ContextLength),
            tokens = checked(clips * length);
        _ids = Allocate<int>(tokens);
        _offsets = Allocate<int>(clips + 1);
        _labels = Allocate<int>(clips * form.LabelCount);
        for (int clip = 0; clip <= clips; clip++)
        {
            _offsets[clip] = clip * length;
        }

        FillLabels(clips * form.LabelCount, classCount);
        if (!isPlanned)
        {
            _pixels = Allocate<byte>(clips * form.PixelBytes);
            FillPixels(clips * form.PixelBytes);
            FillCaptions(tokens, length, vocabularySize);
        }

        // A device that plans reads nothing: any address will do.
        nint pixels = isPlanned ? 1 : (nint)_pixels;
        SequenceOffsets captions = _captions.Set(_ids, new ReadOnlySpan<int>(_offsets, clips + 1), out Tensor ids);
        Tensors = new BatchTensors
        {
            Count = clips,
            Pixels = _memory.Import(pixels, new Shape(clips, form.FrameCount, 3, form.Height, form.Width), ElementType.UInt8),
            TokenIds = ids,
            Captions = captions,
            HostTokenIds = _ids,
            Labels = _labels,
            HostPixels = _pixels,
            LabelCount = form.LabelCount,
        };
    }

    /// <summary>The batch, valid until it is disposed.</summary>
    public BatchTensors Tensors { get; }

    /// <summary>Frees the batch.</summary>
    public void Dispose()
    {
        _captions.Dispose();
        _memory.Dispose();
        NativeMemory.Free(_pixels);
        NativeMemory.Free(_ids);
        NativeMemory.Free(_offsets);
        NativeMemory.Free(_labels);
    }

    private static T* Allocate<T>(long count) where T : unmanaged => (T*)NativeMemory.Alloc((nuint)Math.Max(1, count), (nuint)sizeof(T));

    private void FillPixels(long count)
    {
        CounterRandom random = CounterRandom.For(0, "synthetic pixels");
        for (long i = 0; i < count; i++)
        {
            _pixels[i] = (byte)random.NextUInt32();
        }
    }

    private void FillCaptions(int tokens, int length, int vocabularySize)
    {
        // The last token of the vocabulary ends a text; it may stand nowhere else.
        CounterRandom random = CounterRandom.For(0, "synthetic captions");
        int end = vocabularySize - 1;
        for (int token = 0; token < tokens; token++)
        {
            _ids[token] = token % length == length - 1 ? end : random.Next(end);
        }
    }

    private void FillLabels(int count, int classCount)
    {
        CounterRandom random = CounterRandom.For(0, "synthetic labels");
        for (int i = 0; i < count; i++)
        {
            _labels[i] = random.Next(classCount);
        }
    }
}
