namespace Avion.Compute;

/// <content>Streams and events.</content>
public sealed unsafe partial class CudaDriver
{
    // A stream that does not wait for the legacy default stream, and events that take no time stamps, or do.
    private const uint NonBlocking = 1, DisableTiming = 2, WithTiming = 0;

    private delegate* unmanaged<nint*, uint, int> _streamCreate;
    private delegate* unmanaged<nint, int> _streamDestroy, _streamSynchronize, _eventSynchronize, _eventQuery, _eventDestroy;
    private delegate* unmanaged<nint, nint, uint, int> _streamWaitEvent;
    private delegate* unmanaged<nint*, uint, int> _eventCreate;
    private delegate* unmanaged<nint, nint, int> _eventRecord;
    private delegate* unmanaged<float*, nint, nint, int> _eventElapsedTime;

    internal nint CreateStream()
    {
        nint stream;
        Check(_streamCreate(&stream, NonBlocking), "cuStreamCreate");
        return stream;
    }

    internal void DestroyStream(nint stream) => CheckRelease(_streamDestroy(stream), "cuStreamDestroy");

    internal void Synchronize(nint stream) => Check(_streamSynchronize(stream), "cuStreamSynchronize");

    /// <summary>Waits for a kernel, whose name stands in the message where it failed.</summary>
    internal void SynchronizeBehind(string kernel, nint stream)
    {
        int result = _streamSynchronize(stream);
        Check(result, result == CudaCodes.Success ? "" : $"Kernel {kernel}: cuStreamSynchronize");
    }

    internal void WaitOnDevice(nint stream, nint signal) => Check(_streamWaitEvent(stream, signal, 0), "cuStreamWaitEvent");

    internal nint CreateEvent()
    {
        nint created;
        Check(_eventCreate(&created, DisableTiming), "cuEventCreate");
        return created;
    }

    /// <summary>An event that notes when the device comes to it.</summary>
    internal nint CreateTimedEvent()
    {
        nint created;
        Check(_eventCreate(&created, WithTiming), "cuEventCreate");
        return created;
    }

    /// <summary>Time between two timed events that are done, to half a microsecond or so.</summary>
    internal double ElapsedSeconds(nint start, nint end)
    {
        float milliseconds;
        Check(_eventElapsedTime(&milliseconds, start, end), "cuEventElapsedTime");
        return milliseconds * 1e-3;
    }

    internal void DestroyEvent(nint signal) => CheckRelease(_eventDestroy(signal), "cuEventDestroy");

    internal void RecordEvent(nint signal, nint stream) => Check(_eventRecord(signal, stream), "cuEventRecord");

    internal void SynchronizeEvent(nint signal) => Check(_eventSynchronize(signal), "cuEventSynchronize");

    /// <summary>Whether what an event was recorded behind is done.</summary>
    internal bool IsDone(nint signal)
    {
        int result = _eventQuery(signal);
        if (result == CudaCodes.NotReady)
        {
            return false;
        }

        Check(result, "cuEventQuery");
        return true;
    }

    private void FillStreams()
    {
        _streamCreate = (delegate* unmanaged<nint*, uint, int>)Find("cuStreamCreate");
        _streamDestroy = (delegate* unmanaged<nint, int>)Find("cuStreamDestroy_v2");
        _streamSynchronize = (delegate* unmanaged<nint, int>)Find("cuStreamSynchronize");
        _streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)Find("cuStreamWaitEvent");
        _eventCreate = (delegate* unmanaged<nint*, uint, int>)Find("cuEventCreate");
        _eventDestroy = (delegate* unmanaged<nint, int>)Find("cuEventDestroy_v2");
        _eventRecord = (delegate* unmanaged<nint, nint, int>)Find("cuEventRecord");
        _eventSynchronize = (delegate* unmanaged<nint, int>)Find("cuEventSynchronize");
        _eventQuery = (delegate* unmanaged<nint, int>)Find("cuEventQuery");

        // CUDA 13 names the second form alone.
        nint elapsed = _find("cuEventElapsedTime_v2");
        _eventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)(elapsed != 0 ? elapsed : Find("cuEventElapsedTime"));
    }
}
