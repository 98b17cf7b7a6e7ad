using System.Buffers.Binary;

namespace Avion.Data;

/// <summary>Writes made-up narrations as pickles of protocol 4, opcode by opcode what Python writes of LaViLa's lists.</summary>
internal sealed class PickledNarrations : IDisposable
{
    private const int ItemsPerBatch = 1000, FrameBytes = 1 << 16;

    private readonly FileStream _file;
    private readonly MemoryStream _frame = new();
    private uint _memo;

    private PickledNarrations(string path) => _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);

    /// <summary>Writes a file of (video, start, end, narration), or with a list of narrations, or with the list of their likelihoods
    /// too.</summary>
    public static void Write(string path, int clips, int narrationsPerClip, bool withLikelihoods, int seed)
    {
        using PickledNarrations pickle = new(path);
        pickle._file.Write([0x80, 4]);
        pickle.Put("]\u0094");
        pickle._memo++;
        MadeUpNarrations made = new(seed);
        int known = -1;
        uint knownMemo = 0;
        for (int clip = 0; clip < clips; clip++)
        {
            pickle.Put(clip % ItemsPerBatch == 0 ? "((" : "(");
            (int video, string name, double start, double end) = made.NextClip();
            if (video == known)
            {
                pickle.PutReference(knownMemo);
            }
            else
            {
                (known, knownMemo) = (video, pickle._memo);
                pickle.PutText(Encoding.ASCII.GetBytes(name));
            }

            pickle.PutNumber(start);
            pickle.PutNumber(end);
            if (narrationsPerClip == 1)
            {
                pickle.PutText(made.NextNarration());
            }
            else
            {
                pickle.PutList(narrationsPerClip, () => pickle.PutText(made.NextNarration()));
            }

            if (withLikelihoods)
            {
                pickle.PutList(narrationsPerClip, () => pickle.PutNumber(made.NextUnlikelihood()));
            }

            pickle.Put("t\u0094");
            pickle._memo++;
            if (clip % ItemsPerBatch == ItemsPerBatch - 1 || clip == clips - 1)
            {
                pickle.Put("e");
            }

            pickle.EndFrame(atLeast: FrameBytes);
        }

        pickle.Put(".");
        pickle.EndFrame(atLeast: 1);
    }

    public void Dispose() => _file.Dispose();

    private void PutList(int count, Action item)
    {
        Put("]\u0094(");
        _memo++;
        for (int i = 0; i < count; i++)
        {
            item();
        }

        Put("e");
    }

    private void PutText(ReadOnlySpan<byte> utf8)
    {
        _frame.WriteByte(0x8C);
        _frame.WriteByte((byte)utf8.Length);
        _frame.Write(utf8);
        _frame.WriteByte(0x94);
        _memo++;
    }

    private void PutReference(uint memo)
    {
        Span<byte> index = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(index, memo);
        _frame.WriteByte((byte)(memo < 256 ? 'h' : 'j'));
        _frame.Write(index[..(memo < 256 ? 1 : 4)]);
    }

    private void PutNumber(double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        _frame.WriteByte((byte)'G');
        _frame.Write(bytes);
    }

    private void Put(string opcodes)
    {
        foreach (char opcode in opcodes)
        {
            _frame.WriteByte((byte)opcode);
        }
    }

    private void EndFrame(int atLeast)
    {
        if (_frame.Length >= atLeast)
        {
            Span<byte> header = stackalloc byte[9];
            header[0] = 0x95;
            BinaryPrimitives.WriteInt64LittleEndian(header[1..], _frame.Length);
            _file.Write(header);
            _file.Write(_frame.GetBuffer().AsSpan(0, (int)_frame.Length));
            _frame.SetLength(0);
        }
    }
}
